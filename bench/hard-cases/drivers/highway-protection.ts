import type { Policy } from '@highway/resilience';
import type { Protection, Work } from '../driver.ts';

/** A policy as cases see it. */
export class Wrapped<P extends Policy = Policy> implements Protection {
  readonly policy: P;

  constructor(policy: P) {
    this.policy = policy;
  }

  run(work: Work, signal?: AbortSignal): Promise<unknown> {
    return this.policy.execute((context) => work(context.signal), { signal });
  }
}

/** The policy of a protection that this library's driver made. */
export function policyOf(protection: Protection): Policy {
  if (protection instanceof Wrapped) return protection.policy as Policy;
  throw new TypeError('not one of this library');
}
