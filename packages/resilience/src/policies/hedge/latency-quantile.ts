import { duration } from '../../values/duration.ts';
import type { Duration } from '../../values/duration.ts';
import { count, readOptions, invalid } from '../../support/options.ts';
import type { LearningDelay } from './options.ts';

/** Options of `latencyQuantile`. */
export interface LatencyQuantileOptions {
  /** The delay until there are enough samples. */
  readonly initial: Duration;
  /** How many of the latest calls are sampled. Default: 200, or more if the quantile needs them. */
  readonly calls?: number | undefined;
}

/**
 * A hedge delay that is a quantile of the latency of first attempts. With 0.95, about 5 % of the calls are
 * hedged, however fast the dependency currently is.
 *
 * The real latency of an attempt that a hedge overtook or that timed out is unknown, so it counts among the
 * slowest. If the quantile falls among those, the delay is the longest known latency.
 *
 * The delay is `initial` until there are enough calls to expect a slower one than the quantile: 20 calls for
 * 0.95. Recording a call moves at most `calls` numbers in memory.
 *
 * @example
 * const hedge = new HedgePolicy({ delay: latencyQuantile(0.95, { initial: '500ms' }) });
 */
export function latencyQuantile(quantile: number, options: LatencyQuantileOptions): LearningDelay {
  if (typeof quantile !== 'number' || !(quantile > 0 && quantile < 1)) {
    invalid('quantile', quantile, 'a number above 0 and below 1');
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

/** The latest samples, both in order of arrival and sorted. */
class Samples {
  readonly #size: number;
  readonly #latest: number[] = [];
  readonly #sorted: number[] = [];
  /** The index of the oldest sample in `#latest`, once that is full. */
  #oldest = 0;

  constructor(size: number) {
    this.#size = size;
  }

  get length(): number {
    return this.#sorted.length;
  }

  /** The sample at this index in sorted order, or the largest finite one before it. */
  upTo(index: number): number | undefined {
    const infinite = this.#indexOf(Infinity);
    return this.#sorted[Math.min(index, infinite - 1)];
  }

  add(sample: number): void {
    if (this.length === this.#size)
      this.#sorted.splice(this.#indexOf(this.#latest[this.#oldest]!), 1);
    this.#latest[this.#oldest] = sample;
    this.#oldest = (this.#oldest + 1) % this.#size;
    this.#sorted.splice(this.#indexOf(sample), 0, sample);
  }

  /** The index of the first sample that is not smaller than this one, by binary search. */
  #indexOf(sample: number): number {
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
