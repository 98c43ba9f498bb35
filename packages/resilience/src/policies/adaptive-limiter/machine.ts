import { LatencyWindow } from './latency-window.ts';

/** What a limit is adapted by. */
export interface LimitRules {
  readonly minLimit: number;
  readonly maxLimit: number;
  readonly initialLimit: number;
  /** How many times its latency without a queue the dependency may take. */
  readonly latencyTolerance: number;
}

/** Less than this, in ms, is no sign of a queue: the host's own delays are as long. */
const jitterMs = 1;
/** A sample counts for so many times the usual latency at most: one hung call is no trend. */
const outlier = 10;
/** What the limit grows by at first, as a share of it; a cut begins anew with the least. */
const mostGrowth = 0.5;
const leastGrowth = 0.02;
/** A cut takes this share of the limit at most. */
const deepestCut = 0.5;
/** With more failures than successes, this is what a window leaves of the limit. */
const failingShare = 0.9;
/** Where more than this share of the calls was cut short, nobody knows what the others tell. */
const mostCutShort = 0.1;
/** The share of the limit that a calibration leaves. */
const calibrationShare = 0.25;
/** A calibration is due after so many windows in which calls were rejected. */
const calibrationInterval = 100;
/** Cuts are in vain when the load is down to this share of what it was, and the latency is not. */
const vainLoad = 1 / 8;
const vainLatency = 0.75;
/** Where calls take less than this, in ms, reading the clock for each would cost more than they do. */
const tinyMs = 0.1;

/** Where a run of cuts began: what the later ones are compared with. */
interface Mark {
  readonly load: number;
  readonly latency: number;
  readonly limit: number;
}

/**
 * Follows a dependency's latency with a limit of the calls in flight. It knows no clock: it is told
 * latencies, and decides when a window of them is complete.
 *
 * The *baseline* is what a call takes without a queue. As long as the latency stays within the
 * tolerance of it, the limit grows where it is used; above, it is cut in proportion, which for a
 * queue is exact: half the calls in flight wait half as long. The tolerance is wider by one over the
 * square root of the calls in flight, since few servers need more slack than many to stay busy.
 *
 * Under overload every sample has queued, so a baseline that simply follows them drifts upwards, and
 * the limit with it. Here it rises in two cases only: slowly while no call is rejected, and when deep
 * cuts have not changed the latency, which then is not made by this limit. A calibration, which is a window
 * at a quarter of the limit, corrects one that is too high.
 *
 * A call that was cut short (by a timeout) tells the least that it would have taken. That may be
 * reason enough to cut the limit, and is never a reason to raise it, or to take the dependency for
 * one that is as slow as the timeout: while most calls are cut short, the limit only shrinks.
 */
export class LimitMachine {
  inFlight = 0;
  /** Of so many calls, one has to be timed. */
  spacing = 1;
  readonly #rules: LimitRules;
  readonly #window = new LatencyWindow();
  #limit: number;
  /** `NaN` before the first window. */
  #baseline = Number.NaN;
  #longest = Infinity;
  #growth = mostGrowth;
  #untilCalibration = 1;
  /** The limit to go back to after the calibration; 0 while there is none. */
  #resumeAt = 0;
  #mark: Mark | undefined = undefined;

  constructor(rules: LimitRules) {
    this.#rules = rules;
    this.#limit = rules.initialLimit;
    this.#begin(0);
  }

  get limit(): number {
    return Math.floor(this.#limit);
  }

  /** What a call takes without a queue, in ms, as far as known; `NaN` before the first window. */
  get baseline(): number {
    return this.#baseline;
  }

  /**
   * Takes a slot, if there is one for this rank: 0 may use all of them, and each further rank leaves
   * half the square root of the limit free for those before it. Nobody is rejected an free slot
   * where nothing is in flight, so no limit can shut a rank out for good.
   */
  enter(rank: number): boolean {
    const limit = this.#limit;
    const inFlight = this.inFlight + 1;
    if (inFlight > 1 && inFlight > limit - (rank * Math.sqrt(limit)) / 2) {
      this.#window.rejected = true;
      return false;
    }
    this.inFlight = inFlight;
    if (inFlight > this.#window.peak) this.#window.peak = inFlight;
    return true;
  }

  /** Gives a slot back. */
  leave(): void {
    this.inFlight--;
  }

  /** Notes what a call took, before its slot is given back. Impossible latencies are left out. */
  record(ms: number): void {
    if (!(ms >= 0 && ms < Infinity)) return;
    if (this.#window.add(Math.min(ms, this.#longest), this.inFlight)) this.#adapt();
  }

  /** Notes what a call had taken at least when somebody stopped to wait for it. */
  recordCutShort(ms: number): void {
    if (!(ms >= 0 && ms < Infinity)) return;
    if (this.#window.add(Math.min(ms, this.#longest), this.inFlight, true)) this.#adapt();
  }

  /** Notes a call whose latency says nothing because it failed, before its slot is given back. */
  recordFailure(): void {
    if (this.#window.addFailure(this.inFlight)) this.#adapt();
  }

  #adapt(): void {
    const { samples, failures, cutShort, latency } = this.#window;
    const before = this.#limit;
    const answered = samples - cutShort;
    if (failures + cutShort > answered) {
      this.#endCalibration();
      this.#setLimit(this.#limit * this.#unansweredShare());
      this.#mark = undefined;
    } else if (cutShort > mostCutShort * samples) {
      this.#endCalibration();
      this.#holdBack(latency);
    } else {
      this.#adaptTo(this.#window.answerLatency);
    }
    this.#begin(this.#limit === before ? 0 : this.inFlight);
  }

  /** The window has been judged by its answers. */
  #adaptTo(latency: number): void {
    if (this.#resumeAt > 0) this.#calibrated(latency);
    else this.#follow(latency);
    this.#longest = outlier * Math.max(this.#baseline + jitterMs, latency);
    this.spacing = latency < tinyMs ? 64 : 1;
  }

  /** What is left of the limit where most calls had no answer: less where that took too long. */
  #unansweredShare(): number {
    const { cutShort, failures, latency, peak } = this.#window;
    if (cutShort <= failures || Number.isNaN(this.#baseline)) return failingShare;
    this.#growth = leastGrowth;
    return Math.min(failingShare, Math.max(deepestCut, this.#bound(peak) / latency));
  }

  /** Many were cut short: what the calls took at least may cut the limit, and teaches nothing else. */
  #holdBack(latency: number): void {
    const bound = this.#bound(this.#window.peak);
    this.#mark = undefined;
    if (!(latency > bound)) return;
    this.#growth = leastGrowth;
    this.#setLimit(this.#limit * Math.max(deepestCut, bound / latency));
  }

  /** A small limit moves in large steps, so it needs no exact latency. */
  #begin(skipped: number): void {
    const window = this.#window;
    const limit = this.#limit;
    if (this.#resumeAt === 0) window.begin(this.inFlight, skipped, 0.09 / limit);
    // A calibration holds calls back, so it is short, and the shorter the fewer it lets through at once.
    else window.begin(this.inFlight, skipped, 0, Math.max(50, Math.min(100, 10 * limit)));
  }

  #setLimit(limit: number): void {
    const { minLimit, maxLimit } = this.#rules;
    this.#limit = Math.min(maxLimit, Math.max(minLimit, limit));
  }

  /** A window at the limit has been judged: adapts the baseline and the limit to it. */
  #follow(latency: number): void {
    if (Number.isNaN(this.#baseline)) this.#baseline = latency;
    const { rejected, peak } = this.#window;
    const bound = this.#bound(peak);
    if (latency > bound) {
      this.#congested(latency, bound);
    } else {
      this.#mark = undefined;
      this.#track(latency);
      // A limit that nobody uses proves nothing: it doesn't grow.
      if (rejected || peak * 2 > this.#limit) this.#grow();
    }
    if (rejected && --this.#untilCalibration <= 0) {
      this.#resumeAt = this.#limit;
      this.#setLimit(this.#limit * calibrationShare);
    }
  }

  /** The longest mean latency that is no congestion. */
  #bound(peak: number): number {
    const tolerance = this.#rules.latencyTolerance + 1 / Math.sqrt(peak);
    return Math.max(tolerance * this.#baseline, this.#baseline + jitterMs);
  }

  /**
   * The baseline follows latencies that are fine. Upwards only while the limit rejects nobody, and
   * slowly, so that a queue that builds up slowly is noticed.
   */
  #track(latency: number): void {
    const change = latency - this.#baseline;
    if (!this.#window.rejected) this.#baseline += (change > 0 ? 0.02 : 0.2) * change;
    else if (latency < 0.8 * this.#baseline) this.#baseline += 0.5 * change;
  }

  #grow(): void {
    const limit = this.#limit;
    this.#setLimit(limit + Math.max(Math.sqrt(limit), limit * this.#growth));
    this.#growth = Math.min(mostGrowth, this.#growth * 1.5);
  }

  /**
   * The latency is above the bound. Where it falls with the load, the queue is ours, and the cuts go
   * on. Where the load is down to an eighth and it has not fallen, or nothing is left to cut, the
   * dependency has become slower, or others fill it: then the bound is raised to that latency, and
   * the limit is what it was. No further, because all the processes that share a dependency do the
   * same, and would push each other up without end.
   */
  #congested(latency: number, bound: number): void {
    const { load, rejected, peak } = this.#window;
    const mark = this.#mark;
    this.#growth = leastGrowth;
    // Where latencies were capped, they say little about how much it fell.
    const capped = latency * 3 > this.#longest;
    if (mark === undefined || capped || latency < vainLatency * mark.latency) {
      this.#mark = { load, latency, limit: this.#limit };
    } else if (load <= vainLoad * mark.load || this.#limit <= this.#rules.minLimit) {
      this.#baseline = latency / this.#rules.latencyTolerance;
      this.#mark = undefined;
      this.#setLimit(mark.limit);
      return;
    }
    const used = rejected ? this.#limit : Math.min(peak, this.#limit);
    this.#setLimit(Math.max(this.#limit * deepestCut, (used * bound) / latency));
  }

  /** A calibration has been measured: it lowers the baseline, and raises it by no more than random noise does. */
  #calibrated(latency: number): void {
    const baseline = this.#baseline;
    const lower = latency < 0.8 * baseline;
    if (lower) this.#baseline += 0.7 * (latency - baseline);
    else if (latency < 1.05 * baseline) this.#baseline += 0.3 * (latency - baseline);
    // One that found much less may still have queued: the next follows soon.
    this.#untilCalibration = lower ? 1 : calibrationInterval;
    this.#endCalibration();
  }

  #endCalibration(): void {
    if (this.#resumeAt > 0) this.#limit = this.#resumeAt;
    this.#resumeAt = 0;
  }
}
