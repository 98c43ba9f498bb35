import { Machine } from '../../src/policies/circuit-breaker/machine.ts';
import type { CircuitTicket, Transition } from '../../src/policies/circuit-breaker/machine.ts';
import { readBreakerOptions } from '../../src/policies/circuit-breaker/options.ts';
import type { CircuitBreakerOptions } from '../../src/policies/circuit-breaker/policy.ts';
import { failed, written } from './outcomes.ts';

/** A breaker's machine without a clock: tests pass every time as a number. */
export class MachineBench {
  /** What time windows read: the last time that the test passed. */
  now = 0;
  readonly machine: Machine;
  readonly transitions: Transition[] = [];
  /** Called for each transition, like a listener. */
  onMove: (transition: Transition) => void = () => {};
  /** The openings for which the machine asked for a cooldown. */
  readonly openings: number[] = [];

  constructor(options: CircuitBreakerOptions = {}) {
    const rules = readBreakerOptions({ cooldown: 1000, ...options });
    this.machine = new Machine({
      rules,
      now: () => this.now,
      cooldownMs: (openings) => {
        this.openings.push(openings);
        return rules.cooldown as number;
      },
      moved: (transition) => {
        this.transitions.push(transition);
        this.onMove(transition);
      },
    });
  }

  /** The transitions, each as `CLOSED > OPEN (threshold)`. */
  get moves(): string[] {
    return this.transitions.map(({ from, to, cause }) => `${from} > ${to} (${cause})`);
  }

  /** The window, oldest first. */
  get window(): string {
    return written(this.machine.window);
  }

  /** Makes a call. Returns its ticket, or `undefined` if the call is rejected. */
  admit(now: number = this.now): CircuitTicket | undefined {
    this.now = now;
    const ticket = { generation: -1, deadline: Infinity };
    return this.machine.admit(ticket, now) ? ticket : undefined;
  }

  /** Settles a call with an outcome. */
  record(
    ticket: CircuitTicket | undefined,
    failed: boolean,
    now: number = this.now,
    took = 0,
  ): void {
    if (ticket === undefined) throw new Error('the call was rejected');
    this.now = now;
    this.machine.record(ticket, failed, took, now);
  }

  /** Makes calls that end at once, one after the other, with these outcomes. */
  play(outcomes: string, now: number = this.now): void {
    for (const outcome of outcomes) this.record(this.admit(now), failed(outcome), now);
  }
}
