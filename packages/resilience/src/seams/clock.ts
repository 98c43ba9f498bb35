/**
 * The time source of policies. Pass your own clock to test without waiting, such as `ManualClock`
 * from `@highway/resilience/testing`.
 */
export interface Clock {
  /** Milliseconds on a monotonic clock. Only differences between two readings are meaningful. */
  now(): number;
  /**
   * Calls `fn` once, `ms` milliseconds from now, unless the handle is cleared first. It may be a little early, as the
   * timers of hosts are: policies then look at `now` and set another one, so `now` must advance with the timers.
   */
  setTimeout(fn: () => void, ms: number): unknown;
  /** Cancels a timer. Does nothing if it has run or was cleared already. */
  clearTimeout(handle: unknown): void;
  /** Milliseconds since the epoch, for snapshots and events. Default: the system's wall clock. */
  readonly wallNow?: (() => number) | undefined;
}

type Timers = {
  setTimeout(fn: () => void, ms: number): unknown;
  clearTimeout(handle: unknown): void;
};

/**
 * The system's monotonic clock and timers. The globals are looked up at each call, so the fake timers
 * of a test runner work if they fake `performance`, too.
 */
export const systemClock: Clock = {
  now: () => performance.now(),
  setTimeout: (fn, ms) => (globalThis as Timers).setTimeout(fn, ms),
  clearTimeout: (handle) => {
    (globalThis as Timers).clearTimeout(handle);
  },
  wallNow: () => Date.now(),
};

/** Milliseconds since the epoch by this clock, or by the system's if it has no `wallNow`. */
export function wallNow(clock: Clock): number {
  return clock.wallNow === undefined ? Date.now() : clock.wallNow();
}

/** The longest delay of a timer, in ms. Longer ones fire at once (Node, browsers) or throw. */
export const longestTimerMs: number = 2 ** 31 - 1;
