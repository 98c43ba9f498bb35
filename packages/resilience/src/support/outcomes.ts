/** Outcomes, oldest first, as a breaker's history shows them. */
export interface Outcomes {
  /** How many there are. */
  readonly length: number;
  readonly failureCount: number;
  /** `true` for a success, `false` for a failure. */
  [Symbol.iterator](): Iterator<boolean>;
}

/** A window of outcomes, which a snapshot can keep. */
export interface OutcomeWindow extends Outcomes {
  /** Its content as plain data. */
  store(): StoredWindow;
  /** Puts back what `store` gave, `elapsedMs` ago; what another kind of window gave is left out. */
  restore(stored: StoredWindow, elapsedMs: number): void;
}

/**
 * What a window held: of the last calls, oldest first, `1` for a success and `0` for a failure; of a
 * span of time, `[age in ms, calls, failures]` for each part of it.
 */
export type StoredWindow = string | readonly (readonly [number, number, number])[];

/** One threshold of a breaker, with the window that it judges. */
export interface Tracker {
  readonly window: OutcomeWindow;
  /**
   * Notes an outcome; true if the threshold is met by it. `durationMs` is `NaN` where nobody knows how
   * long the call would have taken, or nobody asked.
   */
  record(failed: boolean, durationMs: number, now: number): boolean;
}

/** Whether a value, from wherever it comes, is what a window may have held. */
export function isStoredWindow(value: unknown): value is StoredWindow {
  if (typeof value === 'string') return /^[01]*$/.test(value);
  return Array.isArray(value) && value.every(isBucket);
}

function isBucket(value: unknown): boolean {
  if (!Array.isArray(value) || value.length !== 3) return false;
  const [ageMs, calls, failures] = value as [number, number, number];
  const counts = Number.isSafeInteger(calls) && Number.isSafeInteger(failures);
  return counts && Number.isFinite(ageMs) && ageMs >= 0 && failures >= 0 && failures <= calls;
}
