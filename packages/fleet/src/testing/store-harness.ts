import type { FleetStore } from '../store.ts';

/** A store under test, fresh and empty for each case. */
export interface StoreHarness {
  readonly store: FleetStore;
  /** Another instance on the same data, as another process has one. */
  readonly peer: FleetStore;
  /** Sets the clock that both instances go by, in ms. */
  setTime(ms: number): void | Promise<void>;
  /** Loses everything, as a server that is restarted without its data. */
  readonly reset?: (() => Promise<void>) | undefined;
  /** Writes over a circuit's stored state with something that no fleet writes there. */
  readonly damage?: ((circuit: string) => Promise<void>) | undefined;
  /** How many parts `lose` can lose. */
  readonly parts?: number | undefined;
  /**
   * Loses some of what is stored of a circuit, as a server that is short of memory drops some of its
   * keys: the parts of which the bits of `which` are set, of so many as `parts` says.
   */
  readonly lose?: ((circuit: string, which: number) => Promise<void>) | undefined;
}

/** What a case needs beside the store. A store that can't offer it leaves the case out. */
export type StoreNeed = 'reset' | 'damage' | 'lose';

/** One promise of the contract. */
export interface StoreCase {
  /** A sentence, to name the test by. */
  readonly name: string;
  /** A member of the harness that the case can't do without. */
  readonly needs?: StoreNeed | undefined;
  /** Rejects with an error that says what is wrong with the store. */
  run(harness: StoreHarness): Promise<void>;
}
