import type { Channel } from '../../events.ts';
import { contextOf } from '../../pipeline/call.ts';
import type { CallContext } from '../../pipeline/call.ts';
import { isCancelled } from '../../pipeline/cancelled.ts';
import { discard } from '../../support/dispose.ts';
import { policyOptions, predicate, readOptions, invalid } from '../../support/options.ts';
import type { Read } from '../../support/options.ts';
import { copyError, hidden } from '../../support/copy-error.ts';
import { isClass, isThenable, look } from '../../support/foreign.ts';
import { SideScope } from '../../pipeline/scope.ts';
import type { Reactor, Rerun } from '../../pipeline/stage.ts';
import { Policy, stage } from '../../policy.ts';
import type { PolicyOptions, PolicySettings, ResultPredicate } from '../../policy.ts';

/** Options of a `FallbackPolicy`. */
export interface FallbackOptions<Value> extends PolicyOptions {
  /** What callers get instead: a value, or a function that returns a value or a promise. */
  readonly fallback: Value | ((error: unknown, context: CallContext) => Value | PromiseLike<Value>);
  /** Which errors the fallback replaces. Default: every error. */
  readonly handle?: ((error: unknown) => boolean) | undefined;
  /** Which results the fallback replaces. Default: none. */
  readonly handleResult?: ResultPredicate | undefined;
}

const readers = {
  ...policyOptions,
  fallback: (option: string, value: unknown): unknown =>
    isClass(value) ? invalid(option, value, 'a value or a function') : value,
  handle: predicate(),
  handleResult: predicate(),
};

type FallbackRules = Read<typeof readers>;

/**
 * Replaces the error of a failed call with a value. Errors for which `handle` returns false are
 * rethrown. The reason with which the caller aborts is always rethrown. If the fallback function
 * throws, its error reaches the caller, with the call's error as its `cause`.
 *
 * @example
 * const fallback = new FallbackPolicy({ fallback: (): string[] => [] });
 * const names = await fallback.execute(() => fetchNames());
 */
export class FallbackPolicy<Value = unknown> extends Policy<Value> {
  readonly #reactor: FallbackReactor;

  /** Throws a `TypeError` that names the first option that is invalid or unknown. */
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
  readonly promised = 'the fallback returned a promise; use execute';
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
      // A cancelled call has no outcome: it says nothing about the dependency.
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
    // The `then` of a bare thenable may return nothing.
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
 * The fallback's own error with the first error as its `cause`, unless it has a cause already. A copy, because
 * a shared error must not tell one caller about another's call.
 */
function caused(thrown: unknown, what: { error?: unknown }): unknown {
  const known = !('error' in what) || thrown === what.error || look(thrown, 'cause') !== undefined;
  return known ? thrown : copyError(thrown, { cause: hidden(what.error) });
}
