import type { Client, Setup } from './client.ts';

/** Opens a client of the library under test; it is closed after the case. */
export type Open = (setup?: Setup) => Client;

/** A situation that clients got wrong, or get wrong still. */
export interface HttpCase {
  /** What holds where the library gets it right. */
  readonly title: string;
  /** Where it was reported, or for which library it is known. */
  readonly source: string;
  readonly area: string;
  /** Throws where the library gets it wrong. */
  run(open: Open): Promise<void>;
}
