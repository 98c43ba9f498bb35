import type { Reactor } from '../../pipeline/stage.ts';
import { Policy, stage } from '../../policy.ts';
import type { PolicySettings } from '../../policy.ts';
import type { EndedAttempt, RetryDecision } from './machine.ts';
import { readRetryOptions, retrySettings } from './options.ts';
import type { RetryOptions } from './options.ts';
import { RetryReactor } from './reactor.ts';

/**
 * Tries again when an attempt fails. A call makes one attempt and at most `maxRetries` more, with a wait
 * before each of these. When all attempts have failed, throws a `RetriesExceededError`, or the last error
 * itself with `rethrow: true`. Rejections by inner policies are passed on at once. When another attempt
 * follows, the error or value of the last one is disposed of, if it has `Symbol.asyncDispose` or
 * `Symbol.dispose`.
 *
 * A call whose first attempt succeeds costs next to nothing. Aborting the caller's signal ends a wait at
 * once.
 *
 * @example
 * const retry = new RetryPolicy({ maxRetries: 3, handle: (error) => error instanceof TypeError });
 * const body = await retry.execute(async () => {
 *   const response = await fetch(url);
 *   if (!response.ok) throw new Error(`HTTP ${response.status}`);
 *   return response.json();
 * });
 */
export class RetryPolicy extends Policy {
  readonly #reactor: RetryReactor;

  /** Throws a `TypeError` or `RangeError` that names the first option that is invalid or unknown. */
  constructor(options: RetryOptions = {}) {
    const rules = readRetryOptions(options);
    super(rules.name, rules.clock);
    this.#reactor = new RetryReactor(rules, this.channel);
  }

  get type(): 'retry' {
    return 'retry';
  }

  /** Whether the last error itself is thrown when attempts or time are used up. */
  get rethrow(): boolean {
    return this.#reactor.rules.rethrow;
  }

  get settings(): PolicySettings {
    return retrySettings(this.#reactor.rules);
  }

  /**
   * Decides whether to retry an attempt that ran outside the policy, for engines that keep attempts and
   * delays in a journal. Call it once for each attempt, including the first and successful ones: the budget
   * counts calls by their first attempts. A retry takes from the budget, calls `onRetry`, and disposes of the
   * error or value. The budget's `minConcurrency` does not apply, because nothing tells whether the attempt ever
   * ends. Invalid numbers throw before anything is counted.
   *
   * @example
   * const decision = retry.decide({ attempt: 1, error });
   * if (decision.retry) await wait(decision.delay);
   */
  decide(ended: EndedAttempt): RetryDecision {
    return this.#reactor.decide(ended);
  }

  /** @internal */
  get [stage](): Reactor {
    return this.#reactor;
  }
}
