import { CircuitBreakerPolicy } from '../../policies/circuit-breaker/index.ts';
import { replacingNamed } from '../../events.ts';
import type { Policy } from '../../policy.ts';
import type { Forgettable } from './forgetting-order.ts';
import type { Kind, Made, Retention } from './kinds.ts';
import type { Section } from './sections.ts';

/** A policy that a registry keeps. */
export class KeptPolicy implements Forgettable<KeptPolicy> {
  readonly kind: Kind;
  readonly name: string;
  /** The section that it was made from, or that failed to make a new one. */
  section: Section;
  older: KeptPolicy | undefined = undefined;
  newer: KeptPolicy | undefined = undefined;
  retained = false;
  #made: Made;

  /** Makes the policy; throws what its constructor throws. */
  constructor(kind: Kind, name: string, section: Section) {
    this.kind = kind;
    this.name = name;
    this.section = section;
    this.#made = replacingNamed(() => section.make(name));
  }

  get policy(): Policy<unknown> {
    return this.#made.policy;
  }

  retention(): Retention {
    return this.#made.retention();
  }

  /** Makes the policy again. If that fails, keeps the old one and does not try again. */
  renew(section: Section): void {
    const { policy } = this.#made;
    const isCircuit = policy instanceof CircuitBreakerPolicy;
    // The handle of the isolation belongs to this very policy.
    if (isCircuit && policy.state === 'ISOLATED') return;
    this.section = section;
    const extra = isCircuit ? { initialState: policy.toJSON() } : undefined;
    this.#made = replacingNamed(() => section.make(this.name, extra));
  }
}
