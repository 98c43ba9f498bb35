import type { Driver } from './driver.ts';

/** The parts of a library that a case may be about. */
export type Area =
  | 'Breaker: half-open and late results'
  | 'Breaker: control and events'
  | 'Breaker: window and clock'
  | 'Breaker: snapshots'
  | 'Retry and backoff'
  | 'Cancellation'
  | 'Timeout'
  | 'Bulkhead'
  | 'Fallback and cache';

/** A situation that libraries of this kind got wrong, or get wrong still. */
export interface HardCase {
  readonly id: string;
  /** What holds where the library gets it right. */
  readonly title: string;
  /** Where it was reported, or for which library it is known. */
  readonly source: string;
  readonly area: Area;
  /** Throws where the library gets it wrong. */
  run(driver: Driver): Promise<void>;
}
