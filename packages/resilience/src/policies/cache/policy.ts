import { labelOf } from '../../pipeline/emit-rejected.ts';
import type { Wrapper } from '../../pipeline/stage.ts';
import { warn } from '../../support/warn.ts';
import { Policy, stage } from '../../policy.ts';
import type { PolicySettings } from '../../policy.ts';
import { cacheSettings, readCacheOptions } from './options.ts';
import type { CacheOptions } from './options.ts';
import { CacheWrapper } from './wrapper.ts';

/**
 * Returns the results of earlier calls with the same key, and lets concurrent calls with the same key share
 * one execution.
 *
 * Results are kept for `ttl`, at most `maxEntries` of them; errors are not kept. If a caller aborts, its call
 * rejects at once. The execution goes on for the others, and its signal aborts when the last of them has
 * aborted. The cache sets no timer: it checks the age of a value when the value is read.
 *
 * @example
 * const cache = new CachePolicy({ ttl: '1m', key: (id: string) => id });
 * const loadUser = cache(async (id: string) => {
 *   const response = await fetch(`/users/${id}`);
 *   if (!response.ok) throw new Error(`HTTP ${response.status}`);
 *   return response.json();
 * });
 */
export class CachePolicy extends Policy {
  readonly #wrapper: CacheWrapper;

  /** Throws a `TypeError` or `RangeError` that names the first option that is invalid or unknown. */
  constructor(options: CacheOptions) {
    const rules = readCacheOptions(options);
    super(rules.name, rules.clock);
    this.#wrapper = new CacheWrapper(rules, this.channel);
  }

  /** How many values are kept, including expired ones that have not been removed yet. */
  get size(): number {
    return this.#wrapper.store.size;
  }

  get type(): 'cache' {
    return 'cache';
  }

  /** @internal */
  override get condition(): Readonly<Record<string, unknown>> {
    return { size: this.size };
  }

  get settings(): PolicySettings {
    return cacheSettings(this.#wrapper.rules);
  }

  /**
   * Removes the value of a key; returns false if there was none. A running call for the key goes on for those
   * who wait for it, but no other call joins it, and its result is not kept.
   */
  delete(key: unknown): boolean {
    this.#wrapper.flights.forget(key);
    return this.#wrapper.store.delete(key);
  }

  /** Removes every value, as `delete` does. */
  clear(): void {
    this.#wrapper.flights.clear();
    this.#wrapper.store.clear();
  }

  /** @internal */
  override wrapped(): void {
    if (this.#wrapper.rules.key !== undefined) return;
    const message = `The cache${labelOf(this.channel)} has no option key, so calls of wrapped functions are not cached`;
    warn('HIGHWAY_CACHE_WITHOUT_KEY', message);
  }

  /** @internal */
  get [stage](): Wrapper {
    return this.#wrapper;
  }
}
