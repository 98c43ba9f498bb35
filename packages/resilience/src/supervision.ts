/// <reference lib="esnext.disposable" preserve="true" />
import { supervisionKey } from './circuit-breaker/supervision.ts';
import type { CircuitSupervision } from './circuit-breaker/supervision.ts';
import type { CircuitBreakerPolicy } from './circuit-breaker/circuit-breaker.ts';
import { look } from './internal/foreign.ts';
import { invalid } from './internal/options.ts';

export type {
  CircuitSupervision,
  CircuitTotals,
  TrialRules,
  TrialSlot,
  TrialSupervisor,
} from './circuit-breaker/supervision.ts';

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
