import { Machine } from '../../src/policies/circuit-breaker/machine.ts';
import type { CircuitTicket, Transition } from '../../src/policies/circuit-breaker/machine.ts';
import { readBreakerOptions } from '../../src/policies/circuit-breaker/options.ts';
import type { CircuitBreakerOptions } from '../../src/policies/circuit-breaker/policy.ts';

/** A breaker's machine without a clock: every time is a number that the test gives. */
export class MachineBench {
  /** What windows of time read; set by whatever passes a time. */
  now = 0;
  readonly machine: Machine;
  readonly transitions: Transition[] = [];
  /** Called with each transition, as a listener would be. */
  onMove: (transition: Transition) => void = () => {};
  /** For which openings the machine asked how long to wait. */
  readonly openings: number[] = [];

  constructor(options: CircuitBreakerOptions = {}) {
    const rules = readBreakerOptions({ cooldown: 1000, ...options });
    this.machine = new Machine(rules, {
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

  /** The transitions in short: `CLOSED > OPEN (threshold)`. */
  get moves(): string[] {
    return this.transitions.map(({ from, to, cause }) => `${from} > ${to} (${cause})`);
  }

  /** The window, oldest first: `+` for a success. */
  get window(): string {
    return Array.from(this.machine.window, (success) => (success ? '+' : '-')).join('');
  }

  /** Asks for a call to be let in; gives what it goes by from then on, or `undefined`. */
  admit(now: number = this.now): CircuitTicket | undefined {
    this.now = now;
    const ticket = { generation: -1, deadline: Infinity };
    return this.machine.admit(ticket, now) ? ticket : undefined;
  }

  /** The call has an outcome. */
  record(
    ticket: CircuitTicket | undefined,
    failed: boolean,
    now: number = this.now,
    took = 0,
  ): void {
    if (ticket === undefined) throw new Error('the call was not let in');
    this.now = now;
    this.machine.record(ticket, failed, took, now);
  }

  /** Calls that end at once, one after the other: `+` well, `-` badly. */
  play(outcomes: string, now: number = this.now): void {
    for (const outcome of outcomes) this.record(this.admit(now), outcome === '-', now);
  }
}
