import { UsageOrder } from '../../support/usage-order.ts';
import type { Used } from '../../support/usage-order.ts';

/** What a cache keeps for one key. */
export class CachedValue implements Used<CachedValue> {
  readonly key: unknown;
  value: unknown;
  /** When the value came, on the monotonic clock. */
  storedAt: number;
  older: CachedValue | undefined = undefined;
  newer: CachedValue | undefined = undefined;

  constructor(key: unknown, value: unknown, storedAt: number) {
    this.key = key;
    this.value = value;
    this.storedAt = storedAt;
  }
}

/** For how long values are good, in ms since they came. */
export interface Lifetimes {
  /** Until then a value is fresh. */
  readonly ttl: number;
  /** Until so long after that it is stale: good enough where there is nothing better. */
  readonly staleIfError: number;
}

/**
 * The values of a cache: at most `maxEntries`, of which the least recently used goes first. Nothing
 * here reads a clock, and everything takes constant time.
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

  /** The cached of a key while its value is fresh. Forgets one that is not even stale any more. */
  fresh(key: unknown, now: number): CachedValue | undefined {
    const cached = this.#usable(key, now);
    if (cached === undefined || now - cached.storedAt >= this.#lifetimes.ttl) return undefined;
    this.#order.use(cached);
    return cached;
  }

  /** The cached of a key whose value is good enough where there is an error instead of a better. */
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

  /** Forgets a key; false where there was nothing. */
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
