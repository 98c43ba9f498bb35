import type { FleetStore } from '../store.ts';

/** A store under test, fresh and empty for each case. */
export interface StoreHarness {
  readonly store: FleetStore;
  /** Another instance on the same data, like that of another process. */
  readonly peer: FleetStore;
  /** Sets the clock of both instances, in ms. */
  setTime(ms: number): void | Promise<void>;
  /** Loses all data, like a server that restarts without it. */
  readonly reset?: (() => Promise<void>) | undefined;
  /** Overwrites a circuit's stored state with something that no fleet writes there. */
  readonly damage?: ((circuit: string) => Promise<void>) | undefined;
  /** The number of parts that `lose` can lose. */
  readonly parts?: number | undefined;
  /**
   * Loses some parts of a circuit's stored state, like a server that evicts some of its keys. Each bit
   * of `which` stands for one of the `parts`.
   */
  readonly lose?: ((circuit: string, which: number) => Promise<void>) | undefined;
}

/**
 * What a case needs besides the store. Skip the case for a store that cannot offer it: an optional member
 * of the harness, or support for `quiet` messages.
 */
export type StoreNeed = 'reset' | 'damage' | 'lose' | 'quiet';

/** A case of the contract. */
export interface StoreCase {
  /** A sentence, for the title of the test. */
  readonly name: string;
  readonly needs?: StoreNeed | undefined;
  /** Rejects with an error that says what is wrong with the store. */
  run(harness: StoreHarness): Promise<void>;
}
