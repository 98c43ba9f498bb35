import type { Effect } from './effects.ts';

/** A call that a service has done the work for, or found done already. */
export interface LedgerEntry {
  readonly effect: Effect;
  readonly order: string;
  readonly key: string;
  /** In ms since the drill began. */
  readonly at: number;
  /** Whether the work had been done before, so that nothing happened this time. */
  readonly repeated: boolean;
}

/**
 * What a service has done, by idempotency key: the work for a key is done once, however often it is
 * asked for. Another key is other work, even for the same order.
 */
export class Ledger {
  readonly #done = new Set<string>();
  #news: LedgerEntry[] = [];

  /** Does the work of a key, unless it is done. */
  enter(entry: Omit<LedgerEntry, 'repeated'>): LedgerEntry {
    const entered = { ...entry, repeated: this.#done.has(entry.key) };
    this.#done.add(entry.key);
    this.#news.push(entered);
    return entered;
  }

  /** The entries since the last time that it was asked. */
  takeNews(): LedgerEntry[] {
    return this.#news.splice(0);
  }
}
