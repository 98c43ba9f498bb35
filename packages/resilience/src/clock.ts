/**
 * Where policies get their time from. Give a policy your own clock to test it without waiting;
 * `ManualClock` in `@highway/resilience/testing` is one.
 */
export interface Clock {
  /** Milliseconds on a clock that never steps back. Only differences of it mean anything. */
  now(): number;
  /** Calls `fn` once, `ms` milliseconds from now, unless the handle is cleared first. */
  setTimeout(fn: () => void, ms: number): unknown;
  /** Forgets a timer; one that has run or was cleared already is fine. */
  clearTimeout(handle: unknown): void;
  /** Milliseconds since the epoch, for what outlives the process. Default: the system's. */
  readonly wallNow?: (() => number) | undefined;
}

type Timers = {
  setTimeout(fn: () => void, ms: number): unknown;
  clearTimeout(handle: unknown): void;
};

/**
 * The system's monotonic clock and timers. The globals are looked up at each call, so that the
 * fake timers of a test runner work where they fake `performance` too.
 */
export const systemClock: Clock = {
  now: () => performance.now(),
  setTimeout: (fn, ms) => (globalThis as Timers).setTimeout(fn, ms),
  clearTimeout: (handle) => {
    (globalThis as Timers).clearTimeout(handle);
  },
  wallNow: () => Date.now(),
};

/** Milliseconds since the epoch by this clock, or by the system's where it has none. */
export function wallNow(clock: Clock): number {
  return clock.wallNow === undefined ? Date.now() : clock.wallNow();
}

/**
 * Timers of every runtime hold 31 bits: a longer delay fires at once (Node, browsers) or throws.
 */
export const longestTimer: number = 2 ** 31 - 1;
