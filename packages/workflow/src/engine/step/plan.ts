import { Failsafe } from '@highway/resilience';
import type {
  BulkheadPolicy,
  CircuitBreakerPolicy,
  Policy,
  RetryPolicy,
} from '@highway/resilience';
import { WorkflowError } from '../../errors.ts';

/** A step's policy, divided into the parts that the engine handles differently. */
export interface StepPlan {
  /** Decides about attempts and waits, which the journal keeps. */
  readonly retry: RetryPolicy | undefined;
  /** Park the step while they are open. */
  readonly breakers: readonly CircuitBreakerPolicy[];
  /** How many concurrent calls the bulkheads allow; `Infinity` without one. */
  readonly maxConcurrent: number;
  /** The first bulkhead. */
  readonly bulkhead: Policy | undefined;
  /** Runs inside each attempt: timeouts, bulkheads, limiters, hedges. */
  readonly inner: Policy | undefined;
}

const emptyPlan: StepPlan = {
  retry: undefined,
  breakers: [],
  maxConcurrent: Infinity,
  bulkhead: undefined,
  inner: undefined,
};
const plans = new WeakMap<Policy<unknown>, StepPlan>();

/** The plan for a policy, made once for each policy. Throws if the policy can't be made durable. */
export function planOf(policy: Policy<unknown> | undefined): StepPlan {
  if (policy === undefined) return emptyPlan;
  let plan = plans.get(policy);
  if (plan === undefined) {
    plan = makePlan(flatten(policy));
    plans.set(policy, plan);
  }
  return plan;
}

function makePlan(policies: readonly Policy[]): StepPlan {
  const retries = policies.filter((policy) => kindOf(policy) === 'retry');
  if (retries.length > 1) throw notDurable('more than one RetryPolicy', 'merge them into one');
  checkOrder(policies);
  const breakers = policies.filter((policy) => kindOf(policy) === 'circuitBreaker');
  const bulkheads = policies.filter((policy) => kindOf(policy) === 'bulkhead');
  const inner = policies.filter((policy) => !['retry', 'circuitBreaker'].includes(kindOf(policy)));
  return {
    retry: retries[0] as RetryPolicy | undefined,
    breakers: breakers as CircuitBreakerPolicy[],
    maxConcurrent: Math.min(
      Infinity,
      ...bulkheads.map((bulkhead) => (bulkhead as BulkheadPolicy).maxConcurrent),
    ),
    bulkhead: bulkheads[0],
    inner: inner.length === 0 ? undefined : compose(inner),
  };
}

/**
 * A timeout or a fallback around the retries would have to survive crashes, and a fallback around the
 * breaker would return a value when the step should park.
 */
function checkOrder(policies: readonly Policy[]): void {
  const kinds = policies.map(kindOf);
  const retry = kinds.lastIndexOf('retry');
  const innermost = Math.max(retry, kinds.lastIndexOf('circuitBreaker'));
  kinds.forEach((kind, i) => {
    if (kind === 'timeout' && i < retry) {
      throw notDurable('a TimeoutPolicy outside the RetryPolicy', 'give the retry a maxDuration');
    }
    if (kind === 'fallback' && i < innermost) {
      throw notDurable(
        'a FallbackPolicy outside the RetryPolicy or the breaker',
        'use whenOpen: (error) => value, or catch the error of the step',
      );
    }
  });
}

function flatten(policy: Policy<unknown>): Policy[] {
  // Its type identifies a policy: with two copies of the package, `instanceof` would fail.
  if (kindOf(policy) !== 'failsafe') return [policy];
  return (policy as Failsafe).policies.flatMap(flatten);
}

function compose(policies: readonly Policy[]): Policy {
  if (policies.length === 1) return policies[0]!;
  // The user's own Failsafe has already warned about the order.
  return new Failsafe({ policies, onWarning: () => undefined });
}

function kindOf(policy: Policy<unknown>): string {
  return policy.type;
}

function notDurable(what: string, instead: string): WorkflowError {
  return new WorkflowError('ERR_DEFINITION', `policy: ${what} can't be made durable; ${instead}`);
}
