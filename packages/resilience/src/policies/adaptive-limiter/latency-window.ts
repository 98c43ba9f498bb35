/** Fewer samples than these say nothing. */
const leastSamples = 20;
/** So many are enough, however much they scatter. */
const mostSamples = 300;
/** The relative error of the mean, squared, at which a window is long enough. */
const errorSquared = 0.09 ** 2;

/**
 * The latencies that the limit is judged by next: a mean, how sure it is, and how much was in flight
 * meanwhile. Constant memory, constant time for each sample.
 *
 * A window is as long as it has to be. It takes a whole round of the calls in flight, because the
 * first answers of a burst are the fastest ones; and it goes on until its mean is known to a tenth,
 * so that a service whose latency scatters isn't taken for one that is overloaded. After the limit
 * has changed, one round of answers is left out: they tell of the limit before.
 */
export class LatencyWindow {
  samples = 0;
  failures = 0;
  /** How many of the samples say only that a call would have taken longer. */
  cutShort = 0;
  /** The most calls that were in flight at once. */
  peak = 0;
  /** Whether a call was rejected. */
  rejected = false;
  #sum = 0;
  #squares = 0;
  #cutShortSum = 0;
  #loads = 0;
  #skipped = 0;
  #least = leastSamples;
  #most = mostSamples;
  #errorSquared = errorSquared;

  /** The mean of the latencies, those of calls that were cut short among them, in ms. */
  get latency(): number {
    return this.#sum / this.samples;
  }

  /** The mean of the latencies of calls that were not cut short, in ms. */
  get answerLatency(): number {
    return (this.#sum - this.#cutShortSum) / (this.samples - this.cutShort);
  }

  /** How many calls were in flight on average, as those that ended saw it. */
  get load(): number {
    return this.#loads / this.samples;
  }

  /**
   * Begins anew, once `skipped` answers have been left out.
   *
   * @param looseness - what the square of the relative error may be, where that is more
   * @param most - how many samples are enough
   */
  begin(inFlight: number, skipped: number, looseness = 0, most: number = mostSamples): void {
    this.#skipped = skipped;
    this.#errorSquared = Math.max(errorSquared, looseness);
    this.#most = most;
    this.#clear(inFlight);
  }

  /**
   * Adds a latency, or with `cutShort` what a call had taken when somebody stopped to wait for it;
   * true when the window is complete.
   */
  add(ms: number, inFlight: number, cutShort = false): boolean {
    if (this.#leftOut(inFlight)) return false;
    this.samples++;
    if (cutShort) {
      this.cutShort++;
      this.#cutShortSum += ms;
    }
    this.#sum += ms;
    this.#squares += ms * ms;
    this.#loads += inFlight;
    return this.#complete();
  }

  /** Adds a failure, whose latency says nothing; true when the window is complete. */
  addFailure(inFlight: number): boolean {
    if (this.#leftOut(inFlight)) return false;
    this.failures++;
    return this.#complete();
  }

  #leftOut(inFlight: number): boolean {
    if (this.#skipped === 0) return false;
    if (--this.#skipped === 0) this.#clear(inFlight);
    return true;
  }

  #clear(inFlight: number): void {
    this.samples = this.failures = this.cutShort = this.#sum = this.#squares = this.#loads = 0;
    this.#cutShortSum = 0;
    this.peak = inFlight;
    this.rejected = false;
    this.#least = Math.max(leastSamples, inFlight);
  }

  /** The variance of the mean is that of the samples, divided by their number. */
  #complete(): boolean {
    const { samples } = this;
    const all = samples + this.failures;
    if (all < this.#least) return false;
    const square = this.#sum * this.#sum;
    return (
      all >= this.#most || samples * this.#squares - square <= this.#errorSquared * samples * square
    );
  }
}
