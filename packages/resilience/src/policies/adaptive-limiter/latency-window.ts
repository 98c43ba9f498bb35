/** A window with fewer samples says nothing. */
const minSamples = 20;
/** This many outcomes are enough, however much they vary. */
const maxSamples = 300;
/** A window is long enough when the square of the relative error of its mean is at most this. */
const maxErrorSquared = 0.09 ** 2;

/**
 * The latencies by which the limit is adapted next: their mean, how certain it is, and how many calls were in
 * flight. Constant memory, constant time for each sample.
 *
 * A window is as long as necessary. It takes at least a whole round of the calls in flight, because the first
 * answers of a burst are the fastest. It continues until its mean is known to a tenth, so that a service with
 * varying latency does not look overloaded. After the limit has changed, one round of answers is skipped: they
 * belong to the old limit.
 */
export class LatencyWindow {
  samples = 0;
  failures = 0;
  /** How many of the samples are only lower bounds: the call was cut short. */
  cutShort = 0;
  /** The largest number of calls in flight at once. */
  peak = 0;
  /** Whether a call was rejected during the window. */
  rejected = false;
  #sumMs = 0;
  #squares = 0;
  #cutShortSumMs = 0;
  #loads = 0;
  #skipped = 0;
  #minOutcomes = minSamples;
  #maxOutcomes = maxSamples;
  #maxErrorSquared = maxErrorSquared;

  /** The mean of all latencies in ms, including those of calls that were cut short. */
  get latencyMs(): number {
    return this.#sumMs / this.samples;
  }

  /** The mean latency in ms of calls that were not cut short. */
  get answerLatencyMs(): number {
    return (this.#sumMs - this.#cutShortSumMs) / (this.samples - this.cutShort);
  }

  /** The mean number of calls in flight, sampled when calls end. */
  get load(): number {
    return this.#loads / this.samples;
  }

  /**
   * Starts a new window after `skipped` outcomes.
   *
   * @param errorSquared - the allowed square of the relative error, if it is larger than usual
   * @param most - how many outcomes are enough
   */
  begin(inFlight: number, skipped: number, errorSquared = 0, most: number = maxSamples): void {
    this.#skipped = skipped;
    this.#maxErrorSquared = Math.max(maxErrorSquared, errorSquared);
    this.#maxOutcomes = most;
    this.#clear(inFlight);
  }

  /**
   * Adds a latency. With `cutShort`, it is the time after which the call was given up. Returns true if the
   * window is complete.
   */
  add(ms: number, inFlight: number, cutShort = false): boolean {
    if (this.#skips(inFlight)) return false;
    this.samples++;
    if (cutShort) {
      this.cutShort++;
      this.#cutShortSumMs += ms;
    }
    this.#sumMs += ms;
    this.#squares += ms * ms;
    this.#loads += inFlight;
    return this.#complete();
  }

  /** Adds a failure, whose latency says nothing. Returns true if the window is complete. */
  addFailure(inFlight: number): boolean {
    if (this.#skips(inFlight)) return false;
    this.failures++;
    return this.#complete();
  }

  #skips(inFlight: number): boolean {
    if (this.#skipped === 0) return false;
    if (--this.#skipped === 0) this.#clear(inFlight);
    return true;
  }

  #clear(inFlight: number): void {
    this.samples = this.failures = this.cutShort = this.#sumMs = this.#squares = this.#loads = 0;
    this.#cutShortSumMs = 0;
    this.peak = inFlight;
    this.rejected = false;
    this.#minOutcomes = Math.max(minSamples, inFlight);
  }

  /** Uses that the variance of a mean is the variance of the samples, divided by their number. */
  #complete(): boolean {
    const { samples } = this;
    const all = samples + this.failures;
    if (all < this.#minOutcomes) return false;
    const square = this.#sumMs * this.#sumMs;
    return (
      all >= this.#maxOutcomes ||
      samples * this.#squares - square <= this.#maxErrorSquared * samples * square
    );
  }
}
