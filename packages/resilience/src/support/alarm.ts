import { longestTimerMs } from '../seams/clock.ts';
import type { Clock } from '../seams/clock.ts';

/** Differences of times are not exact. No host's clock has such a resolution. */
const toleranceMs = 1e-6;
/** No host's timer is so much too early. */
const farMs = 2;

/**
 * A timer for a time on the clock. It never goes off before that time, although the timers of hosts do: those of
 * Node.js by up to a millisecond, and they drop fractions. So it looks at the clock, and sets the timer again if
 * it is too early; also if the time is further away than a timer can hold. A timer that is far too early is no host's
 * but that of a test, which does not move the clock: it is trusted.
 */
export class Alarm {
  /** When it goes off, on the monotonic clock; `Infinity` while it is not set. */
  at: number = Number.POSITIVE_INFINITY;
  readonly #clock: Clock;
  readonly #ring: () => void;
  #timer: unknown = undefined;
  #setAt = 0;
  /** When the timer should go off. */
  #dueAt = 0;

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Sets it, and so clears it if it was set before. `ms` is the time until then, where that is known exactly. */
  set(at: number, now: number, ms: number = at - now): void {
    this.clear();
    this.at = at;
    this.#start(ms, now);
  }

  /** Does nothing if it is not set. */
  clear(): void {
    if (this.at === Infinity) return;
    this.at = Infinity;
    this.#clock.clearTimeout(this.#timer);
  }

  #start(ms: number, now: number): void {
    const timerMs = Math.min(ms, longestTimerMs);
    this.#setAt = now;
    this.#dueAt = now + timerMs;
    this.#timer = this.#clock.setTimeout(this.#check, timerMs);
  }

  readonly #check = (): void => {
    const now = this.#clock.now();
    const leftMs = this.at - now;
    const isTest = now === this.#setAt || this.#dueAt - now > farMs;
    // Rounded up, because a host may turn a fraction into 0, and so on until the time has come.
    if (leftMs > toleranceMs && !isTest) this.#start(Math.ceil(leftMs), now);
    else {
      this.at = Infinity;
      this.#ring();
    }
  };
}
