import { AdaptiveThrottlerPolicy } from '../../src/policies/adaptive-throttler/index.ts';
import type { AdaptiveThrottlerOptions } from '../../src/policies/adaptive-throttler/index.ts';
import { seededRandom } from '../../src/testing/index.ts';
import { VirtualTime } from './virtual-time.ts';

/** A time in which a share of the calls fails, whichever. */
export interface Weather {
  readonly seconds: number;
  readonly failing: number;
  /** How many calls in a second the service takes; the others fail. Default: all. */
  readonly capacity?: number;
}

/** A second of a run. */
export interface Second {
  readonly second: number;
  readonly offered: number;
  /** How many the service got. */
  readonly sent: number;
  readonly succeeded: number;
  readonly rejectionRate: number;
}

/** Calls at random times through a throttler, each of which ends after 20 ms. */
export class ThrottlerRun {
  readonly seconds: Second[] = [];
  readonly #time = new VirtualTime();
  readonly #random;
  readonly #throttler: AdaptiveThrottlerPolicy;
  readonly #callsPerSecond: number;
  #weather!: Weather;
  #offered = 0;
  #sent = 0;
  #succeeded = 0;

  constructor(seed: number, callsPerSecond: number, options: AdaptiveThrottlerOptions = {}) {
    this.#random = seededRandom(seed);
    this.#callsPerSecond = callsPerSecond;
    const random = seededRandom(seed + 1000);
    this.#throttler = new AdaptiveThrottlerPolicy({ clock: this.#time, random, ...options });
  }

  run(weathers: readonly Weather[]): this {
    this.#time.every(1000, () => {
      this.#endSecond();
    });
    this.#arrive();
    let end = 0;
    for (const weather of weathers) {
      this.#weather = weather;
      end += weather.seconds * 1000;
      this.#time.runUntil(end);
    }
    return this;
  }

  /** The sums over the seconds from one to before another. */
  between(from: number, to: number): Pick<Second, 'offered' | 'sent' | 'succeeded'> {
    const sum = { offered: 0, sent: 0, succeeded: 0 };
    for (const second of this.seconds.slice(from, to)) {
      sum.offered += second.offered;
      sum.sent += second.sent;
      sum.succeeded += second.succeeded;
    }
    return sum;
  }

  #arrive(): void {
    this.#time.after((-Math.log(1 - this.#random()) * 1000) / this.#callsPerSecond, () => {
      this.#offer();
      this.#arrive();
    });
  }

  #offer(): void {
    this.#offered++;
    const permit = this.#throttler.tryAcquire();
    if (permit === undefined) return;
    this.#sent++;
    const { failing, capacity = Infinity } = this.#weather;
    const fails = this.#random() < failing || this.#succeeded >= capacity;
    if (!fails) this.#succeeded++;
    this.#time.after(20, () => {
      if (fails) permit.failure(new Error('down'));
      else permit.success();
    });
  }

  #endSecond(): void {
    this.seconds.push({
      second: this.#time.now() / 1000,
      offered: this.#offered,
      sent: this.#sent,
      succeeded: this.#succeeded,
      rejectionRate: this.#throttler.rejectionRate,
    });
    this.#offered = this.#sent = this.#succeeded = 0;
  }
}

/** Half a minute each: up, down, up again. */
export const outage: readonly Weather[] = [
  { seconds: 30, failing: 0.01 },
  { seconds: 30, failing: 1 },
  { seconds: 30, failing: 0.01 },
];
