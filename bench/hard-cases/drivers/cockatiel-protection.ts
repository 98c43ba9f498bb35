import type { IDefaultPolicyContext, IPolicy } from 'cockatiel';
import type { Protection, Work } from '../driver.ts';

type AnyPolicy = IPolicy<IDefaultPolicyContext, unknown>;

/** A policy as cases see it. */
export class Wrapped<P extends AnyPolicy = AnyPolicy> implements Protection {
  readonly policy: P;

  constructor(policy: P) {
    this.policy = policy;
  }

  run(work: Work, signal?: AbortSignal): Promise<unknown> {
    return this.policy.execute((context) => work(context.signal), signal);
  }
}

/** The policy of a protection that this library's driver made. */
export function policyOf(protection: Protection): AnyPolicy {
  if (protection instanceof Wrapped) return protection.policy as AnyPolicy;
  throw new TypeError('not one of this library');
}
