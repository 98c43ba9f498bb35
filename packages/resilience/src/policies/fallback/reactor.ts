import type { Channel } from '../../events.ts';
import { contextOf } from '../../pipeline/call.ts';
import type { CallContext } from '../../pipeline/call.ts';
import { cancelledSoon, isCancelled } from '../../pipeline/cancelled.ts';
import { SideScope } from '../../pipeline/scope.ts';
import type { Reactor, Rerun } from '../../pipeline/stage.ts';
import { copyError, hidden } from '../../support/copy-error.ts';
import { discard } from '../../support/dispose.ts';
import { isThenable, look } from '../../support/foreign.ts';
import type { FallbackRules } from './options.ts';

/** Passes the outcome of an attempt on, or replaces it. */
export class FallbackReactor implements Reactor {
  readonly kind = 'reactor';
  readonly promised = 'the fallback returned a promise; use execute';
  readonly rules: FallbackRules;
  readonly #channel: Channel;

  constructor(rules: FallbackRules, channel: Channel) {
    this.rules = rules;
    this.#channel = channel;
  }

  get judgesValues(): boolean {
    return this.rules.handleResult !== undefined || this.#channel.active;
  }

  begin(): number {
    return this.#channel.active ? this.#channel.clock.now() : Number.NaN;
  }

  afterValue(value: unknown, rerun: Rerun): unknown {
    if (!this.rules.handleResult?.(value, rerun.attempt, rerun.data)) {
      this.#channel.ended(rerun.attempt, rerun.stamp, undefined, rerun);
      return value;
    }
    return this.#answer({ value }, rerun);
  }

  afterError(error: unknown, rerun: Rerun): unknown {
    const cancelled = rerun.scope?.aborted === true;
    const { handle } = this.rules;
    if (cancelled || (handle !== undefined && !handle(error, rerun.attempt, rerun.data))) {
      // A cancelled call has no outcome: it says nothing about the dependency.
      if (!isCancelled(rerun.scope))
        this.#channel.ended(rerun.attempt, rerun.stamp, { error }, rerun);
      throw error;
    }
    return this.#answer({ error }, rerun);
  }

  #answer(what: { error?: unknown; value?: unknown }, rerun: Rerun): unknown {
    const { scope, attempt, data } = rerun;
    // A timeout around the call that the attempt had switched off has expired.
    if (scope?.rearm() === true) {
      discard(what.value, false);
      discard(what.error, true);
      return cancelledSoon(scope);
    }
    if (this.#channel.active) this.#channel.emit('fallback', what, rerun);
    const { fallback } = this.rules;
    if (!('error' in what)) discard(what.value, false);
    if (typeof fallback !== 'function') {
      if (what.error !== fallback) discard(what.error, true);
      return fallback;
    }
    const side = scope && new SideScope(scope);
    let answer: unknown;
    try {
      const context = contextOf(side, attempt, data);
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
