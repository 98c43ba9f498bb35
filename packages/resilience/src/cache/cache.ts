import { labelOf } from '../internal/refusal.ts';
import type { Wrapper } from '../internal/stage.ts';
import { warn } from '../internal/warn.ts';
import { Policy, stage } from '../policy.ts';
import type { PolicySettings } from '../policy.ts';
import { CachePlan } from './cache-plan.ts';
import type { Depot } from './cache-plan.ts';
import { Flights } from './flights.ts';
import { cacheSettings, readCacheOptions } from './options.ts';
import type { CacheOptions } from './options.ts';
import { Store } from './store.ts';

/**
 * Answers calls from what earlier calls with the same key gave, and has calls that come together
 * share one execution.
 *
 * Values are kept for `ttl`, at most `maxEntries` of them; failures are not kept. A caller's abort
 * rejects that caller at once; the execution goes on for the others, and its signal aborts when the
 * last of them has aborted. No timer is held: a value is found to be too old when it is asked for.
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
  readonly #depot: Depot;

  /** Throws a `TypeError` or `RangeError` that names the option for any that is bad or unknown. */
  constructor(options: CacheOptions) {
    const rules = readCacheOptions(options);
    super(rules.name, rules.clock);
    const store = new Store(rules.maxEntries, rules);
    this.#depot = { rules, channel: this.channel, store, flights: new Flights() };
  }

  /** How many values are held, those among them that nobody has found to be too old yet. */
  get size(): number {
    return this.#depot.store.size;
  }

  get type(): 'cache' {
    return 'cache';
  }

  /** @internal */
  override get condition(): Readonly<Record<string, unknown>> {
    return { size: this.size };
  }

  get settings(): PolicySettings {
    return cacheSettings(this.#depot.rules);
  }

  /**
   * Forgets the value of a key; false where there was none. What is under way for the key goes on
   * for those who wait for it, but is joined no more and not kept.
   */
  delete(key: unknown): boolean {
    this.#depot.flights.forget(key);
    return this.#depot.store.delete(key);
  }

  /** Forgets every value, as `delete` does. */
  clear(): void {
    this.#depot.flights.clear();
    this.#depot.store.clear();
  }

  /** @internal */
  override wrapped(): void {
    if (this.#depot.rules.key !== undefined) return;
    const message = `The cache${labelOf(this.channel)} has no key, and keeps nothing of wrapped functions; give it the option key`;
    warn('HIGHWAY_CACHE_WITHOUT_KEY', message);
  }

  /** @internal */
  get [stage](): Wrapper {
    return { kind: 'wrapper', around: (inner) => new CachePlan(this.#depot, inner) };
  }
}
