import { LimitMachine } from '../../src/policies/adaptive-limiter/machine.ts';
import type { LimitRules } from '../../src/policies/adaptive-limiter/machine.ts';

/** A limit machine with the default rules, or others. */
export function machineWith(rules: Partial<LimitRules> = {}): LimitMachine {
  return new LimitMachine({
    minLimit: 1,
    maxLimit: 1000,
    initialLimit: 20,
    latencyTolerance: 1.5,
    ...rules,
  });
}

/** Takes every place there is, and asks for one more. */
export function crowd(machine: LimitMachine): void {
  while (machine.enter(0));
}

/** Lets `count` calls end one by one, while the slots are kept taken. */
export function serve(
  machine: LimitMachine,
  ms: (inFlight: number) => number,
  count: number,
): void {
  for (let i = 0; i < count; i++) {
    crowd(machine);
    machine.record(ms(machine.inFlight));
    machine.leave();
  }
}

/** So many calls at a time, and never one that is rejected. */
export function serveFew(machine: LimitMachine, ms: number, count: number, atOnce = 1): void {
  for (let i = 0; i < count; i++) {
    while (machine.inFlight < Math.min(atOnce, machine.limit)) machine.enter(0);
    machine.record(ms);
    machine.leave();
  }
}

/** Serves until the limit is another one; gives how many calls that took. */
export function serveToChange(machine: LimitMachine, serveOne: (i: number) => void): number {
  const { limit } = machine;
  for (let i = 1; i <= 5000; i++) {
    serveOne(i);
    if (machine.limit !== limit) return i;
  }
  return Infinity;
}

/** A service of `servers` that takes `ms` for each call: those beyond wait. */
export function queue(servers: number, ms: number): (inFlight: number) => number {
  return (inFlight) => ms * Math.max(1, inFlight / servers);
}
