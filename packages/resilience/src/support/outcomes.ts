/** Outcomes, oldest first, as in a breaker's history. */
export interface Outcomes {
  /** The number of outcomes. */
  readonly length: number;
  readonly failureCount: number;
  /** `true` for a success, `false` for a failure. */
  [Symbol.iterator](): Iterator<boolean>;
}

/** A window of outcomes that a snapshot can store. */
export interface OutcomeWindow extends Outcomes {
  /** Returns its content as plain data. */
  store(): StoredWindow;
  /** Restores what `store` returned `elapsedMs` ago. Ignores what another kind of window returned. */
  restore(stored: StoredWindow, elapsedMs: number): void;
}

/**
 * The stored content of a window. For a window of calls: oldest first, `1` for a success and `0` for a
 * failure. For a window of time: `[age in ms, calls, failures]` for each part of it.
 */
export type StoredWindow = string | readonly (readonly [number, number, number])[];

/** One threshold of a breaker, with the window that it judges. */
export interface Tracker {
  readonly window: OutcomeWindow;
  /**
   * Records an outcome; returns whether it meets the threshold. `durationMs` is `NaN` if the duration
   * is unknown or not measured.
   */
  record(failed: boolean, durationMs: number, now: number): boolean;
}

/** Whether an untrusted value is the content of a window. */
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
