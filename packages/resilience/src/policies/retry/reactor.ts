import { endedInRejection } from '../../errors.ts';
import type { CallDetails, Channel } from '../../events.ts';
import { isCancelled } from '../../pipeline/cancelled.ts';
import type { Reactor, Rerun } from '../../pipeline/stage.ts';
import { discard } from '../../support/dispose.ts';
import { checkKeys, count, number } from '../../support/options.ts';
import { quietly } from '../../support/quietly.ts';
import { noteEnd } from '../../values/retry-budget.ts';
import { keptErrors, RetriesExceededError } from './errors.ts';
import { decide, retryAfterOf } from './machine.ts';
import type { Decision, EndedAttempt, Progress, RetryDecision } from './machine.ts';
import type { RetryInfo, RetryRules } from './options.ts';
import { Pace } from './pace.ts';

/** An attempt that has ended. */
interface Ended {
  readonly failed: boolean;
  readonly result: unknown;
}

/** The call of an attempt. */
interface RetriedCall extends CallDetails {
  readonly data: unknown;
  readonly scope?: Rerun['scope'];
}

const attempts = count(1);
// May be negative: an engine's clock may have been set back between two attempts.
const sinceFirst = number(-Infinity, Infinity, 0);
const anyDelay = number(0, Infinity);

/** Checks the numbers before anything is counted. */
function readEnded(given: EndedAttempt): Omit<Progress, 'retryAfterMs'> {
  checkKeys('decide', given, ['attempt', 'error', 'value', 'elapsed', 'previousDelay', 'data']);
  const { previousDelay } = given;
  return {
    attempt: attempts('attempt', given.attempt),
    elapsedMs: sinceFirst('elapsed', given.elapsed),
    previousDelayMs:
      previousDelay === undefined ? undefined : anyDelay('previousDelay', previousDelay),
  };
}

/** Passes the outcome of an attempt on, or makes another attempt. */
export class RetryReactor implements Reactor {
  readonly kind = 'reactor';
  readonly rules: RetryRules;
  readonly #channel: Channel;

  constructor(rules: RetryRules, channel: Channel) {
    this.rules = rules;
    this.#channel = channel;
  }

  get judgesValues(): boolean {
    return this.rules.handleResult !== undefined || this.#channel.active;
  }

  begin(): number {
    this.rules.budget?.noteCall();
    const timed = this.rules.maxDuration !== Infinity || this.#channel.active;
    return timed ? this.#channel.clock.now() : Number.NaN;
  }

  decide(given: EndedAttempt): RetryDecision {
    const progress = readEnded(given);
    if (progress.attempt === 1) this.rules.budget?.noteCall();
    const failed = 'error' in given;
    const ended = { failed, result: failed ? given.error : given.value };
    const { data } = given;
    if (!this.#isRetried(ended, progress.attempt, data)) return { retry: false, exhausted: false };
    const decision = this.#next(ended, progress, { data });
    if (typeof decision !== 'number') return { retry: false, exhausted: decision === 'exhausted' };
    return { retry: true, delay: decision };
  }

  afterValue(value: unknown, rerun: Rerun): unknown {
    return this.#afterFirst({ failed: false, result: value }, rerun);
  }

  afterError(error: unknown, rerun: Rerun): unknown {
    return this.#afterFirst({ failed: true, result: error }, rerun);
  }

  #afterFirst(ended: Ended, rerun: Rerun): unknown {
    return this.#isFinal(ended, 1, rerun)
      ? this.#return(ended, 1, rerun)
      : this.#loop(ended, rerun);
  }

  async #loop(first: Ended, rerun: Rerun): Promise<unknown> {
    let ended = first;
    let previousDelayMs: number | undefined;
    const errors: unknown[] = [];
    const pace = new Pace(this.#channel.clock, rerun.scope);
    for (let attempt = 1; ; attempt++) {
      if (ended.failed && errors.push(ended.result) > keptErrors) errors.shift();
      const elapsedMs = this.#channel.since(rerun.stamp) ?? 0;
      const decision = this.#next(ended, { attempt, elapsedMs, previousDelayMs }, rerun);
      if (typeof decision !== 'number') {
        return this.#giveUp({ ...ended, errors }, attempt, decision, rerun);
      }
      previousDelayMs = decision;
      try {
        await pace.wait(decision);
        // If an abort comes together with the timer, the abort wins: nothing runs after it.
        if (rerun.scope?.aborted === true) throw rerun.scope.reason;
        ended = await settle(rerun.again(attempt + 1));
      } finally {
        noteEnd(this.rules.budget);
      }
      if (this.#isFinal(ended, attempt + 1, rerun)) return this.#return(ended, attempt + 1, rerun);
    }
  }

  /** Decides about the next attempt, and emits `retry` if there is one. */
  #next(ended: Ended, progress: Omit<Progress, 'retryAfterMs'>, call: RetriedCall): Decision {
    const retryAfterMs = ended.failed ? retryAfterOf(ended.result) : 0;
    const decision = decide(this.rules, { ...progress, retryAfterMs }, 'again' in call);
    if (typeof decision !== 'number') return decision;
    const { failed, result } = ended;
    // If a timeout around the call has expired that the attempt had switched off, nothing follows but the end.
    if (call.scope?.rearm() !== true) this.#emitRetry(ended, progress.attempt, decision, call);
    // A listener may have aborted the call with this very error, so that the caller gets it.
    if (call.scope?.reason !== result) discard(result, failed);
    return decision;
  }

  /** Whether an attempt's outcome is that of the call, without a retry. */
  #isFinal(ended: Ended, attempt: number, rerun: Rerun): boolean {
    // Once the caller has aborted, nobody waits for another attempt.
    return rerun.scope?.aborted === true || !this.#isRetried(ended, attempt, rerun.data);
  }

  #isRetried({ failed, result }: Ended, attempt: number, data: unknown): boolean {
    const { handle, handleRejection, handleResult } = this.rules;
    if (!failed) return handleResult?.(result, attempt, data) === true;
    if (endedInRejection(result)) return handleRejection?.(result, attempt, data) === true;
    return handle === undefined || handle(result, attempt, data);
  }

  #giveUp(
    { errors, ...ended }: Ended & { readonly errors: readonly unknown[] },
    attempts: number,
    why: 'exhausted' | 'pass',
    rerun: Rerun,
  ): unknown {
    const unchanged = !ended.failed || why === 'pass' || this.rules.rethrow;
    if (unchanged) return this.#return(ended, attempts, rerun, true);
    const { policyName } = this.#channel;
    const error = new RetriesExceededError(attempts, ended.result, policyName, errors);
    return this.#return({ failed: true, result: error }, attempts, rerun);
  }

  /** Passes the outcome on to the caller. */
  #return({ failed, result }: Ended, attempt: number, rerun: Rerun, exhausted = false): unknown {
    if (!failed) {
      this.#channel.ended(attempt, rerun.stamp, exhausted ? { value: result } : undefined, rerun);
      return result;
    }
    // A cancelled call has no outcome: it says nothing about the dependency.
    if (!isCancelled(rerun.scope))
      this.#channel.ended(attempt, rerun.stamp, { error: result }, rerun);
    throw result;
  }

  #emitRetry({ failed, result }: Ended, attempt: number, delay: number, call: RetriedCall): void {
    const { onRetry } = this.rules;
    const { data } = call;
    const info: RetryInfo = { attempt, delay, ...(failed ? { error: result } : { value: result }) };
    if (onRetry !== undefined) quietly(onRetry, data === undefined ? info : { ...info, data });
    if (this.#channel.active) this.#channel.emit('retry', info, call);
  }
}

function settle(promise: Promise<unknown>): Promise<Ended> {
  return promise.then(
    (result) => ({ failed: false, result }),
    (result: unknown) => ({ failed: true, result }),
  );
}
