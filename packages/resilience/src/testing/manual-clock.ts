import type { Clock } from '../seams/clock.ts';
import { toMs } from '../values/duration.ts';
import type { Duration } from '../values/duration.ts';
import { inspector, inspectKey } from '../support/inspect.ts';
import { number, readOptions } from '../support/options.ts';
import { settle } from './settle.ts';

/** Options of a `ManualClock`. */
export interface ManualClockOptions {
  /** The initial value of `wallNow()`, in epoch ms. Default: 0. */
  readonly wallStart?: number | undefined;
}

const readers = { wallStart: number(0, Number.MAX_VALUE, 0) };

interface Timer {
  readonly fn: () => void;
  readonly at: number;
}

/**
 * A clock that moves only when a test advances it. Timers run in order of their time; timers for the same time
 * run in the order in which they were set.
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

  /** The time since the clock was created, in ms. */
  now(): number {
    return this.#now;
  }

  /** The wall time in epoch ms: `wallStart`, plus `now()`, plus every `stepWall`. */
  wallNow(): number {
    return this.#now + this.#wallOffset;
  }

  /** The number of timers that are set: 0 if every policy that uses the clock is idle. */
  get pendingTimers(): number {
    return this.#timers.length;
  }

  setTimeout(fn: () => void, ms: number): unknown {
    // As in hosts, a delay of 0 or less is due at once: at the next advance.
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
   * Advances the time and runs the timers that become due, each at its own time. Promises settle before the next
   * timer runs.
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

  /** Changes the wall clock by `ms`, as when a host's clock is set. Does not change `now()`. */
  stepWall(ms: number): void {
    this.#wallOffset += ms;
  }
}
