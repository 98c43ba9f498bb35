import type { Channel } from '../events.ts';
import { contextOf } from '../internal/call.ts';
import type { CallContext } from '../internal/call.ts';
import { isCancelled } from '../internal/cancelled.ts';
import { discard } from '../internal/dispose.ts';
import { callback, policyOptions, readOptions, refuse } from '../internal/options.ts';
import type { Read } from '../internal/options.ts';
import { isThenable } from '../internal/rejection.ts';
import { SideScope } from '../internal/scope.ts';
import type { Reactor, Rerun } from '../internal/stage.ts';
import { Policy, stage } from '../policy.ts';
import type { PolicyOptions, PolicySettings } from '../policy.ts';

/** Options of a `FallbackPolicy`. */
export interface FallbackOptions<Value> extends PolicyOptions {
  /** What callers get instead: a value, or a function that gives one or a promise of one. */
  readonly fallback: Value | ((error: unknown, context: CallContext) => Value | PromiseLike<Value>);
  /** Which errors it answers for. Default: all. */
  readonly handle?: (error: unknown) => boolean;
  /** Which values it answers for. Default: none. */
  readonly handleResult?: (value: unknown) => boolean;
}

const readers = {
  ...policyOptions,
  fallback: (_: string, value: unknown): unknown => value,
  handle: callback<(error: unknown) => unknown>(),
  handleResult: callback<(value: unknown) => unknown>(),
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
    if (!('fallback' in options)) refuse('fallback', undefined, 'a value or a function');
    super(rules.name, rules.clock);
    this.#reactor = new FallbackReactor(rules, this.channel);
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
    return answer.then(
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

/** Notes the first error as the cause of the fallback's own, unless that says what caused it. */
function caused(thrown: unknown, what: { error?: unknown }): unknown {
  if (!('error' in what) || thrown === what.error) return thrown;
  if (thrown instanceof Error && thrown.cause === undefined && Object.isExtensible(thrown)) {
    Object.defineProperty(thrown, 'cause', {
      value: what.error,
      configurable: true,
      writable: true,
    });
  }
  return thrown;
}
