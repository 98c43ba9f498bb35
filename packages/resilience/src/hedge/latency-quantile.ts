import { duration } from '../duration.ts';
import type { Duration } from '../duration.ts';
import { count, readOptions, invalid } from '../internal/options.ts';
import type { LearningDelay } from './options.ts';

/** Options of `latencyQuantile`. */
export interface LatencyQuantileOptions {
  /** The delay until enough calls were seen to know better. */
  readonly initial: Duration;
  /** How many of the latest calls are looked at. Default: 200, or as many as
   * the quantile needs. */
  readonly calls?: number | undefined;
}

/**
 * A delay for a hedge: the time within which this share of the latest calls had their first attempt
 * answered, so that about the rest of them are hedged however fast the dependency is just now.
 *
 * An attempt that a hedge overtook, or that timed out, is only known to be slower than it was so far:
 * it counts among the slowest. Where the quantile lies among those, the delay is the longest time that
 * a first attempt is known to have taken.
 *
 * It is `initial` until one call in the sample can be expected to be slower than the quantile: for
 * 0.95 after 20 calls. Noting a call moves at most `calls` numbers in memory.
 *
 * @example
 * const hedge = new HedgePolicy({ delay: latencyQuantile(0.95, { initial: '500ms' }) });
 */
export function latencyQuantile(quantile: number, options: LatencyQuantileOptions): LearningDelay {
  if (typeof quantile !== 'number' || !(quantile > 0 && quantile < 1)) {
    invalid('quantile', quantile, 'a number between 0 and 1, both excluded');
  }
  // Rounded, because 1 / (1 - 0.95) is a little more than 20.
  const needed = Math.ceil(Math.round(1e6 / (1 - quantile)) / 1e6);
  const { initial, calls } = readOptions('latencyQuantile', options, {
    initial: duration(),
    calls: count(needed, Math.max(200, needed)),
  });
  const samples = new Samples(calls);
  const delay = (): number =>
    samples.length < needed
      ? initial
      : (samples.upTo(Math.ceil(quantile * samples.length) - 1) ?? initial);
  return Object.assign(delay, {
    observe: (latencyMs: number, atLeast = false): void => {
      samples.add(atLeast ? Infinity : latencyMs);
    },
  });
}

/** The latest numbers, in the order in which they came and sorted. */
class Samples {
  readonly #size: number;
  readonly #latest: number[] = [];
  readonly #sorted: number[] = [];
  /** Where in `latest` the oldest stands, once it is full. */
  #oldest = 0;

  constructor(size: number) {
    this.#size = size;
  }

  get length(): number {
    return this.#sorted.length;
  }

  /** The number at this place in the sorted order, or the largest finite one before it. */
  upTo(place: number): number | undefined {
    const infinite = this.#place(Infinity);
    return this.#sorted[Math.min(place, infinite - 1)];
  }

  add(sample: number): void {
    if (this.length === this.#size)
      this.#sorted.splice(this.#place(this.#latest[this.#oldest]!), 1);
    this.#latest[this.#oldest] = sample;
    this.#oldest = (this.#oldest + 1) % this.#size;
    this.#sorted.splice(this.#place(sample), 0, sample);
  }

  /** The first place whose number is not below this one: found by halving. */
  #place(sample: number): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#sorted[middle]! < sample) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
