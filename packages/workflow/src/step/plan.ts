import { Failsafe } from '@highway/resilience';
import type { CircuitBreakerPolicy, Policy, RetryPolicy } from '@highway/resilience';
import { WorkflowError } from '../errors.ts';

/** What the engine makes of a step's policy. */
export interface StepPlan {
  /** Decides about attempts and waits, which the journal keeps. */
  readonly retry: RetryPolicy | undefined;
  /** Open, they park the step. */
  readonly breakers: readonly CircuitBreakerPolicy[];
  /** How many calls its bulkheads allow at once, and the first of them; `Infinity` for none. */
  readonly slots: number;
  readonly bulkhead: Policy | undefined;
  /** What runs inside each attempt: timeouts, bulkheads, limiters, hedges. */
  readonly inner: Policy | undefined;
}

const bare: StepPlan = {
  retry: undefined,
  breakers: [],
  slots: Infinity,
  bulkhead: undefined,
  inner: undefined,
};
const plans = new WeakMap<Policy<unknown>, StepPlan>();

/** The plan for a policy; made once for each. Throws where the policy can't be made durable. */
export function planOf(policy: Policy<unknown> | undefined): StepPlan {
  if (policy === undefined) return bare;
  let plan = plans.get(policy);
  if (plan === undefined) {
    plan = makePlan(flatten(policy));
    plans.set(policy, plan);
  }
  return plan;
}

function makePlan(policies: readonly Policy[]): StepPlan {
  const retries = policies.filter((policy) => kindOf(policy) === 'retry');
  if (retries.length > 1) throw refusal('more than one RetryPolicy', 'merge them into one');
  checkOrder(policies);
  const breakers = policies.filter((policy) => kindOf(policy) === 'circuitBreaker');
  const bulkheads = policies.filter((policy) => kindOf(policy) === 'bulkhead');
  const inner = policies.filter((policy) => !['retry', 'circuitBreaker'].includes(kindOf(policy)));
  return {
    retry: retries[0] as RetryPolicy | undefined,
    breakers: breakers as CircuitBreakerPolicy[],
    slots: Math.min(
      Infinity,
      ...bulkheads.map(({ settings }) => settings['maxConcurrent'] as number),
    ),
    bulkhead: bulkheads[0],
    inner: inner.length === 0 ? undefined : composed(inner),
  };
}

/**
 * A timeout or a fallback around the retries would have to reach across crashes, and a fallback
 * around the breaker would answer where the step should park.
 */
function checkOrder(policies: readonly Policy[]): void {
  const kinds = policies.map(kindOf);
  const retry = kinds.lastIndexOf('retry');
  const inmost = Math.max(retry, kinds.lastIndexOf('circuitBreaker'));
  kinds.forEach((kind, i) => {
    if (kind === 'timeout' && i < retry) {
      throw refusal('a TimeoutPolicy outside of the RetryPolicy', 'give the retry a maxDuration');
    }
    if (kind === 'fallback' && i < inmost) {
      throw refusal(
        'a FallbackPolicy outside of the RetryPolicy or the breaker',
        'take whenOpen: (error) => value, or catch the error of the step',
      );
    }
  });
}

function flatten(policy: Policy<unknown>): Policy[] {
  // Known by its settings: with two copies of the package, a class of one is none of the other.
  if (kindOf(policy) !== 'failsafe') return [policy];
  return (policy as Failsafe).policies.flatMap(flatten);
}

function composed(policies: readonly Policy[]): Policy {
  if (policies.length === 1) return policies[0]!;
  // The order has been warned of where the user composed it.
  return new Failsafe({ policies, onWarning: () => undefined });
}

function kindOf(policy: Policy<unknown>): string {
  return policy.settings.type;
}

function refusal(what: string, instead: string): WorkflowError {
  return new WorkflowError('ERR_DEFINITION', `policy: ${what} can't be made durable; ${instead}`);
}
