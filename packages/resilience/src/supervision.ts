/// <reference lib="esnext.disposable" preserve="true" />
import { supervisionKey } from './policies/circuit-breaker/supervision.ts';
import type { CircuitSupervision } from './policies/circuit-breaker/supervision.ts';
import type { CircuitBreakerPolicy } from './policies/circuit-breaker/policy.ts';
import { look } from './support/foreign.ts';
import { invalid } from './support/options.ts';

export type {
  CircuitSupervision,
  CircuitTotals,
  TrialRules,
  TrialSlot,
  TrialSupervisor,
} from './policies/circuit-breaker/supervision.ts';

/**
 * Returns what a program needs to supervise a breaker, such as a fleet that shares one circuit among
 * processes. It works for breakers from another copy of the package, too.
 *
 * Throws a `TypeError` if `breaker` is not a `CircuitBreakerPolicy`.
 *
 * @example
 * const supervision = supervisionOf(breaker);
 * supervision.superviseTrials({ takeSlot: () => undefined });
 */
export function supervisionOf(breaker: CircuitBreakerPolicy): CircuitSupervision {
  const supervision = look(breaker, supervisionKey) as CircuitSupervision | undefined;
  return supervision ?? invalid('breaker', breaker, 'a CircuitBreakerPolicy');
}
