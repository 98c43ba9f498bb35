import type { Channel } from '../events.ts';
import { contextOf } from '../internal/call.ts';
import type { CallContext } from '../internal/call.ts';
import { isCancelled } from '../internal/cancelled.ts';
import { discard } from '../internal/dispose.ts';
import { policyOptions, predicate, readOptions, invalid } from '../internal/options.ts';
import type { Read } from '../internal/options.ts';
import { copyError, hidden } from '../internal/copy-error.ts';
import { isClass, isThenable, look } from '../internal/foreign.ts';
import { SideScope } from '../internal/scope.ts';
import type { Reactor, Rerun } from '../internal/stage.ts';
import { Policy, stage } from '../policy.ts';
import type { PolicyOptions, PolicySettings, ResultPredicate } from '../policy.ts';

/** Options of a `FallbackPolicy`. */
export interface FallbackOptions<Value> extends PolicyOptions {
  /** What callers get instead: a value, or a function that gives one or a promise of one. */
  readonly fallback: Value | ((error: unknown, context: CallContext) => Value | PromiseLike<Value>);
  /** Which errors it answers for. Default: all. */
  readonly handle?: ((error: unknown) => boolean) | undefined;
  /** Which values it answers for. Default: none. */
  readonly handleResult?: ResultPredicate | undefined;
}

const readers = {
  ...policyOptions,
  fallback: (option: string, value: unknown): unknown =>
    isClass(value) ? invalid(option, value, 'a value, or a function that gives one') : value,
  handle: predicate(),
  handleResult: predicate(),
};

type FallbackRules = Read<typeof readers>;

/**
 * Answers for a call that went wrong. What `handle` refuses is rethrown, and so, always, is the
 * caller's own cancellation. An error of the fallback itself is thrown, with the first error as its
 * `cause`.
 *
 * @example
 * const fallback = new FallbackPolicy({ fallback: (): string[] => [] });
 * const names = await fallback.execute(() => fetchNames());
 */
export class FallbackPolicy<Value = unknown> extends Policy<Value> {
  readonly #reactor: FallbackReactor;

  /** Throws a `TypeError` that names the option for any that is bad or unknown. */
  constructor(options: FallbackOptions<Value>) {
    const rules = readOptions('FallbackPolicy', options, readers);
    if (!('fallback' in options)) invalid('fallback', undefined, 'a value or a function');
    super(rules.name, rules.clock);
    this.#reactor = new FallbackReactor(rules, this.channel);
  }

  get type(): 'fallback' {
    return 'fallback';
  }

  get settings(): PolicySettings {
    return { type: 'fallback', name: this.channel.policyName };
  }

  /** @internal */
  get [stage](): Reactor {
    return this.#reactor;
  }
}

class FallbackReactor implements Reactor {
  readonly kind = 'reactor';
  readonly promised = 'the fallback gave a promise; use execute for it';
  readonly #options: FallbackRules;
  readonly #channel: Channel;

  constructor(options: FallbackRules, channel: Channel) {
    this.#options = options;
    this.#channel = channel;
  }

  get judgesValues(): boolean {
    return this.#options.handleResult !== undefined || this.#channel.active;
  }

  begin(): number {
    return this.#channel.active ? this.#channel.clock.now() : Number.NaN;
  }

  afterValue(value: unknown, rerun: Rerun): unknown {
    if (!this.#options.handleResult?.(value)) {
      this.#channel.ended(rerun.attempt, rerun.stamp, undefined, rerun);
      return value;
    }
    return this.#answer({ value }, rerun);
  }

  afterError(error: unknown, rerun: Rerun): unknown {
    const cancelled = rerun.scope?.aborted === true;
    const { handle } = this.#options;
    if (cancelled || (handle !== undefined && !handle(error))) {
      // A call that was cancelled is no outcome: nothing is known of the dependency.
      if (!isCancelled(rerun.scope))
        this.#channel.ended(rerun.attempt, rerun.stamp, { error }, rerun);
      throw error;
    }
    return this.#answer({ error }, rerun);
  }

  #answer(what: { error?: unknown; value?: unknown }, rerun: Rerun): unknown {
    const { scope, attempt } = rerun;
    if (this.#channel.active) this.#channel.emit('fallback', what, rerun);
    const { fallback } = this.#options;
    if (!('error' in what)) discard(what.value);
    if (typeof fallback !== 'function') return fallback;
    const side = scope && new SideScope(scope);
    let answer: unknown;
    try {
      const context = contextOf(side, attempt);
      answer = (fallback as (error: unknown, context: CallContext) => unknown)(what.error, context);
    } catch (thrown) {
      side?.end();
      throw caused(thrown, what);
    }
    if (!isThenable(answer)) {
      side?.end();
      return answer;
    }
    // What has no more than a `then` may give nothing back from it.
    return Promise.resolve(answer).then(
      (value) => {
        side?.end();
        return value;
      },
      (thrown: unknown) => {
        side?.end();
        throw caused(thrown, what);
      },
    );
  }
}

/**
 * The fallback's own error with the first one as its cause, unless it says itself what caused it. A
 * copy, since an error that is kept and thrown again must not tell one caller of another's call.
 */
function caused(thrown: unknown, what: { error?: unknown }): unknown {
  const known = !('error' in what) || thrown === what.error || look(thrown, 'cause') !== undefined;
  return known ? thrown : copyError(thrown, { cause: hidden(what.error) });
}
