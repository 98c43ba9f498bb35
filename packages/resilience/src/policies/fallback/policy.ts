import type { Reactor } from '../../pipeline/stage.ts';
import { Policy, stage } from '../../policy.ts';
import type { PolicySettings } from '../../policy.ts';
import { fallbackSettings, readFallbackOptions } from './options.ts';
import type { FallbackOptions } from './options.ts';
import { FallbackReactor } from './reactor.ts';

/**
 * Replaces the error of a failed call with a value. Errors for which `handle` returns false are
 * rethrown. The reason with which the caller aborts is always rethrown. If the fallback function
 * throws, its error reaches the caller, with the call's error as its `cause`. If the fallback is a value, the
 * error is disposed of, if it has `Symbol.asyncDispose` or `Symbol.dispose`; a function disposes of it itself.
 *
 * @example
 * const fallback = new FallbackPolicy({ fallback: (): string[] => [] });
 * const names = await fallback.execute(() => fetchNames());
 */
export class FallbackPolicy<Value = unknown> extends Policy<Value> {
  readonly #reactor: FallbackReactor;

  /** Throws a `TypeError` that names the first option that is invalid or unknown. */
  constructor(options: FallbackOptions<Value>) {
    const rules = readFallbackOptions(options);
    super(rules.name, rules.clock);
    this.#reactor = new FallbackReactor(rules, this.channel);
  }

  get type(): 'fallback' {
    return 'fallback';
  }

  get settings(): PolicySettings {
    return fallbackSettings(this.#reactor.rules);
  }

  /** @internal */
  get [stage](): Reactor {
    return this.#reactor;
  }
}
