import type { Clock } from '../clock.ts';
import { toMs } from '../duration.ts';
import type { Duration } from '../duration.ts';
import { inspector, inspectKey } from '../internal/inspect.ts';
import { number, readOptions } from '../internal/options.ts';
import { settle } from './settle.ts';

/** Options of a `ManualClock`. */
export interface ManualClockOptions {
  /** What `wallNow()` gives at first, in epoch ms. Default: 0. */
  readonly wallStart?: number | undefined;
}

const readers = { wallStart: number(0, Number.MAX_VALUE, 0) };

interface Timer {
  readonly fn: () => void;
  readonly at: number;
}

/**
 * A clock that moves only when a test says so. Timers run in the order of their times, and of those
 * for the same time in the order in which they were set.
 *
 * @example
 * const clock = new ManualClock();
 * const breaker = new CircuitBreakerPolicy({ clock, cooldown: '30s' });
 * breaker.open();
 * await clock.advance('30s');
 */
export class ManualClock implements Clock {
  static {
    Object.defineProperty(this.prototype, inspectKey, {
      value: inspector(
        () => 'ManualClock',
        (clock: ManualClock) => ({
          now: clock.now(),
          wallNow: clock.wallNow(),
          pendingTimers: clock.pendingTimers,
        }),
      ),
    });
  }

  #now = 0;
  #wallOffset: number;
  // Kept in the order in which the timers run.
  readonly #timers: Timer[] = [];

  constructor(options: ManualClockOptions = {}) {
    this.#wallOffset = readOptions('ManualClock', options, readers).wallStart;
  }

  /** Milliseconds since the clock was made. */
  now(): number {
    return this.#now;
  }

  /** Epoch milliseconds: what `now` gives, on top of `wallStart` and every `stepWall`. */
  wallNow(): number {
    return this.#now + this.#wallOffset;
  }

  /** How many timers are set: 0 when every policy on the clock is idle. */
  get pendingTimers(): number {
    return this.#timers.length;
  }

  setTimeout(fn: () => void, ms: number): unknown {
    // As hosts do: what is not above 0 is due at once, at the next advance.
    const timer: Timer = { fn, at: this.#now + (ms > 0 ? ms : 0) };
    let i = this.#timers.length;
    while (i > 0 && this.#timers[i - 1]!.at > timer.at) i--;
    this.#timers.splice(i, 0, timer);
    return timer;
  }

  clearTimeout(handle: unknown): void {
    const i = this.#timers.indexOf(handle as Timer);
    if (i >= 0) this.#timers.splice(i, 1);
  }

  /**
   * Moves time forward, running each timer that falls due at its own time, and lets the promises
   * that hang on it settle before the next.
   */
  async advance(duration: Duration): Promise<void> {
    const target = this.#now + toMs('duration', duration);
    await settle();
    for (let timer = this.#timers[0]; timer && timer.at <= target; timer = this.#timers[0]) {
      this.#timers.shift();
      this.#now = Math.max(this.#now, timer.at);
      timer.fn();
      await settle();
    }
    this.#now = Math.max(this.#now, target);
  }

  /** Steps the wall clock, as a host does when it is set; elapsed time is untouched. */
  stepWall(ms: number): void {
    this.#wallOffset += ms;
  }
}
