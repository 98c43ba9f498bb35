import { UsageOrder } from '../internal/usage-order.ts';
import type { Used } from '../internal/usage-order.ts';

/** What a cache keeps for one key. */
export class Entry implements Used<Entry> {
  readonly key: unknown;
  value: unknown;
  /** When the value came, on the monotonic clock. */
  storedAt: number;
  older: Entry | undefined = undefined;
  newer: Entry | undefined = undefined;

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
  readonly #entries = new Map<unknown, Entry>();
  readonly #maxEntries: number;
  readonly #lifetimes: Lifetimes;
  readonly #order = new UsageOrder<Entry>();

  constructor(maxEntries: number, lifetimes: Lifetimes) {
    this.#maxEntries = maxEntries;
    this.#lifetimes = lifetimes;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The entry of a key while its value is fresh. Forgets one that is not even stale any more. */
  fresh(key: unknown, now: number): Entry | undefined {
    const entry = this.#usable(key, now);
    if (entry === undefined || now - entry.storedAt >= this.#lifetimes.ttl) return undefined;
    this.#order.use(entry);
    return entry;
  }

  /** The entry of a key whose value is good enough where there is an error instead of a better. */
  stale(key: unknown, now: number): Entry | undefined {
    const entry = this.#usable(key, now);
    if (entry !== undefined) this.#order.use(entry);
    return entry;
  }

  put(key: unknown, value: unknown, now: number): void {
    const { ttl, staleIfError } = this.#lifetimes;
    if (ttl + staleIfError === 0) return;
    const entry = this.#entries.get(key);
    if (entry !== undefined) {
      entry.value = value;
      entry.storedAt = now;
      this.#order.use(entry);
      return;
    }
    if (this.#entries.size === this.#maxEntries) this.delete(this.#order.oldest!.key);
    const added = new Entry(key, value, now);
    this.#entries.set(key, added);
    this.#order.add(added);
  }

  /** Forgets a key; false where there was nothing. */
  delete(key: unknown): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined) return false;
    this.#entries.delete(key);
    this.#order.remove(entry);
    return true;
  }

  clear(): void {
    this.#entries.clear();
    this.#order.clear();
  }

  #usable(key: unknown, now: number): Entry | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const { ttl, staleIfError } = this.#lifetimes;
    if (now - entry.storedAt < ttl + staleIfError) return entry;
    this.delete(key);
    return undefined;
  }
}
