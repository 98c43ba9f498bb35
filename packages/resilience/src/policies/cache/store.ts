import { UsageOrder } from '../../support/usage-order.ts';
import type { Used } from '../../support/usage-order.ts';

/** The stored value of one key. */
export class CachedValue implements Used<CachedValue> {
  readonly key: unknown;
  value: unknown;
  /** When the value was stored, by the monotonic clock. */
  storedAt: number;
  older: CachedValue | undefined = undefined;
  newer: CachedValue | undefined = undefined;

  constructor(key: unknown, value: unknown, storedAt: number) {
    this.key = key;
    this.value = value;
    this.storedAt = storedAt;
  }
}

/** How long values can be used, in ms. */
export interface Lifetimes {
  /** How long a value is fresh. */
  readonly ttl: number;
  /** How long after that a stale value may replace an error. */
  readonly staleIfError: number;
}

/**
 * The values of a cache: at most `maxEntries`; the least recently used one is dropped first. It has no clock,
 * and all operations take constant time.
 */
export class Store {
  readonly #entries = new Map<unknown, CachedValue>();
  readonly #maxEntries: number;
  readonly #lifetimes: Lifetimes;
  readonly #order = new UsageOrder<CachedValue>();

  constructor(maxEntries: number, lifetimes: Lifetimes) {
    this.#maxEntries = maxEntries;
    this.#lifetimes = lifetimes;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Returns the value of a key if it is fresh. Deletes it if it is too old to be used at all. */
  fresh(key: unknown, now: number): CachedValue | undefined {
    const cached = this.#usable(key, now);
    if (cached === undefined || now - cached.storedAt >= this.#lifetimes.ttl) return undefined;
    this.#order.use(cached);
    return cached;
  }

  /** Returns the value of a key if it may replace an error: fresh or stale. */
  stale(key: unknown, now: number): CachedValue | undefined {
    const cached = this.#usable(key, now);
    if (cached !== undefined) this.#order.use(cached);
    return cached;
  }

  put(key: unknown, value: unknown, now: number): void {
    const { ttl, staleIfError } = this.#lifetimes;
    if (ttl + staleIfError === 0) return;
    const cached = this.#entries.get(key);
    if (cached !== undefined) {
      cached.value = value;
      cached.storedAt = now;
      this.#order.use(cached);
      return;
    }
    if (this.#entries.size === this.#maxEntries) this.delete(this.#order.oldest!.key);
    const added = new CachedValue(key, value, now);
    this.#entries.set(key, added);
    this.#order.add(added);
  }

  /** Deletes the value of a key. Returns false if there was none. */
  delete(key: unknown): boolean {
    const cached = this.#entries.get(key);
    if (cached === undefined) return false;
    this.#entries.delete(key);
    this.#order.remove(cached);
    return true;
  }

  clear(): void {
    this.#entries.clear();
    this.#order.clear();
  }

  #usable(key: unknown, now: number): CachedValue | undefined {
    const cached = this.#entries.get(key);
    if (cached === undefined) return undefined;
    const { ttl, staleIfError } = this.#lifetimes;
    if (now - cached.storedAt < ttl + staleIfError) return cached;
    this.delete(key);
    return undefined;
  }
}
