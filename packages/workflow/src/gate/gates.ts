import type { CircuitBreakerPolicy, Clock, Policy } from '@highway/resilience';
import type { StepPlan } from '../step/plan.ts';
import { Gate } from './gate.ts';

/** What all gates of a process have in common. */
export interface GatesOptions {
  readonly clock: Clock;
  readonly canaries: number;
}

/** The gates of a process: one for each circuit, and for each bulkhead that has none. */
export class Gates {
  readonly #options: GatesOptions;
  // Weakly, so that a policy that nobody uses any more takes its gate with it.
  readonly #gates = new WeakMap<Policy, Gate>();
  #made = 0;

  constructor(options: GatesOptions) {
    this.#options = options;
  }

  /**
   * The gates that a step has to pass, in an order that is the same for all steps: who holds a pass
   * and waits for another then never waits for one who waits for the first.
   */
  for({ breakers, slots, bulkhead }: StepPlan): readonly Gate[] {
    if (breakers.length > 0) {
      const gates = new Set(breakers.map((breaker) => this.#gate(breaker, breaker, slots)));
      return [...gates].sort((a, b) => a.place - b.place);
    }
    return bulkhead === undefined ? [] : [this.#gate(bulkhead, undefined, slots)];
  }

  #gate(key: Policy, breaker: CircuitBreakerPolicy | undefined, max: number): Gate {
    let gate = this.#gates.get(key);
    if (gate === undefined) {
      gate = new Gate({ ...this.#options, breaker, max, place: (this.#made += 1) });
      this.#gates.set(key, gate);
    }
    gate.tighten(max);
    return gate;
  }
}
