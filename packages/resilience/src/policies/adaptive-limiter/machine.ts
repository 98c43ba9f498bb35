import { LatencyWindow } from './latency-window.ts';

/** The rules by which a limit adapts. */
export interface LimitRules {
  readonly minLimit: number;
  readonly maxLimit: number;
  readonly initialLimit: number;
  /** The multiple of the latency without a queue that is tolerated. */
  readonly latencyTolerance: number;
}

/** A difference in latency below this, in ms, is no sign of a queue: the host itself causes such delays. */
const jitterMs = 1;
/** Longer samples are capped at this multiple of the usual latency: a single hung call is not a trend. */
const outlierFactor = 10;
/** The share by which the limit grows: at first the largest, after a cut the smallest. */
const maxGrowth = 0.5;
const minGrowth = 0.02;
/** A single cut leaves at least this share of the limit. */
const minShareAfterCut = 0.5;
/** A window with more failures than successes leaves this share of the limit. */
const failingShare = 0.9;
/** If more than this share of the calls was cut short, the latency of the others is not representative. */
const maxCutShort = 0.1;
/** The share of the limit that is in force during a calibration. */
const calibrationShare = 0.25;
/** A calibration is due after this many windows with rejected calls. */
const calibrationInterval = 100;
/** Cuts are in vain if they reduced the load to this share, but not the latency to that share. */
const vainLoad = 1 / 8;
const vainLatency = 0.75;
/** If calls take less than this, in ms, reading the clock for each would cost more than the calls themselves. */
const tinyMs = 0.1;

/** The values before a series of cuts, with which later windows are compared. */
interface BeforeCuts {
  readonly load: number;
  readonly latencyMs: number;
  readonly limit: number;
}

/**
 * Adapts the limit of calls in flight to a dependency's latency. It has no clock: it receives latencies, and
 * decides when a window of them is complete.
 *
 * The *baseline* is the latency of a call without a queue. While the latency is within the tolerance of the
 * baseline, the limit grows, provided that it is used. Above the tolerance, the limit is cut in proportion,
 * which is exact for a queue: with half the calls in flight, each waits half as long. The tolerance is wider
 * by one over the square root of the calls in flight, because a few servers need more slack to stay busy
 * than many.
 *
 * Under overload, every sample has waited in a queue. A baseline that simply follows the samples would drift
 * upwards, and the limit with it. So the baseline rises in two cases only: slowly, while no call is rejected;
 * and when deep cuts have not changed the latency, which means that this limit does not cause it. A
 * calibration, which is a window at a quarter of the limit, lowers a baseline that is too high.
 *
 * The time of a call that was cut short (by a timeout) is a lower bound of its latency. That can be a reason
 * to cut the limit, but never a reason to raise it, or to conclude that the dependency is as slow as the
 * timeout: while most calls are cut short, the limit only shrinks.
 */
export class LimitMachine {
  inFlight = 0;
  /** How often a call has to be timed: one in `spacing` calls. */
  spacing = 1;
  readonly #rules: LimitRules;
  readonly #window = new LatencyWindow();
  #limit: number;
  /** `NaN` before the first window. */
  #baselineMs = Number.NaN;
  /** Longer samples count as this long. */
  #longestMs = Infinity;
  #growth = maxGrowth;
  #untilCalibration = 1;
  /** The limit to restore after the current calibration; 0 if there is none. */
  #resumeAt = 0;
  #beforeCuts: BeforeCuts | undefined = undefined;

  constructor(rules: LimitRules) {
    this.#rules = rules;
    this.#limit = rules.initialLimit;
    this.#begin(0);
  }

  get limit(): number {
    return Math.floor(this.#limit);
  }

  /** The estimated latency without a queue, in ms; `NaN` before the first window. */
  get baselineMs(): number {
    return this.#baselineMs;
  }

  /**
   * Takes a slot, if there is one for this rank. Rank 0 may use all slots; each further rank leaves half the
   * square root of the limit free for the ranks before it. If nothing is in flight, every rank gets a slot, so
   * no limit can exclude a rank for good.
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

  /** Returns a slot. */
  leave(): void {
    this.inFlight--;
  }

  /** Records a latency. Call it before the slot is returned. Ignores impossible latencies. */
  record(ms: number): void {
    if (!(ms >= 0 && ms < Infinity)) return;
    if (this.#window.add(Math.min(ms, this.#longestMs), this.inFlight)) this.#adapt();
  }

  /** Records the time after which a call was given up: a lower bound of its latency. */
  recordCutShort(ms: number): void {
    if (!(ms >= 0 && ms < Infinity)) return;
    if (this.#window.add(Math.min(ms, this.#longestMs), this.inFlight, true)) this.#adapt();
  }

  /** Records a failure, whose latency says nothing. Call it before the slot is returned. */
  recordFailure(): void {
    if (this.#window.addFailure(this.inFlight)) this.#adapt();
  }

  #adapt(): void {
    const { samples, failures, cutShort, latencyMs } = this.#window;
    const before = this.#limit;
    const answered = samples - cutShort;
    if (failures + cutShort > answered) {
      this.#endCalibration();
      this.#setLimit(this.#limit * this.#unansweredShare());
      this.#beforeCuts = undefined;
    } else if (cutShort > maxCutShort * samples) {
      this.#endCalibration();
      this.#holdBack(latencyMs);
    } else {
      this.#adaptTo(this.#window.answerLatencyMs);
    }
    this.#begin(this.#limit === before ? 0 : this.inFlight);
  }

  /** Adapts to the mean latency of the calls that got an answer. */
  #adaptTo(latencyMs: number): void {
    if (this.#resumeAt > 0) this.#calibrated(latencyMs);
    else this.#follow(latencyMs);
    this.#longestMs = outlierFactor * Math.max(this.#baselineMs + jitterMs, latencyMs);
    this.spacing = latencyMs < tinyMs ? 64 : 1;
  }

  /** The share of the limit that remains if most calls got no answer: less if they also took too long. */
  #unansweredShare(): number {
    const { cutShort, failures, latencyMs, peak } = this.#window;
    if (cutShort <= failures || Number.isNaN(this.#baselineMs)) return failingShare;
    this.#growth = minGrowth;
    return Math.min(failingShare, Math.max(minShareAfterCut, this.#bound(peak) / latencyMs));
  }

  /** Many calls were cut short. Their lower bounds can justify a cut, but say nothing else. */
  #holdBack(latencyMs: number): void {
    const boundMs = this.#bound(this.#window.peak);
    this.#beforeCuts = undefined;
    if (!(latencyMs > boundMs)) return;
    this.#growth = minGrowth;
    this.#setLimit(this.#limit * Math.max(minShareAfterCut, boundMs / latencyMs));
  }

  /** Starts a window. A small limit changes in large steps, so it needs no exact latency. */
  #begin(skipped: number): void {
    const window = this.#window;
    const limit = this.#limit;
    if (this.#resumeAt === 0) window.begin(this.inFlight, skipped, 0.09 / limit);
    // A calibration rejects calls, so it is short: the smaller its limit, the shorter.
    else window.begin(this.inFlight, skipped, 0, Math.max(50, Math.min(100, 10 * limit)));
  }

  #setLimit(limit: number): void {
    const { minLimit, maxLimit } = this.#rules;
    this.#limit = Math.min(maxLimit, Math.max(minLimit, limit));
  }

  /** Adapts the baseline and the limit to a window that was not a calibration. */
  #follow(latencyMs: number): void {
    if (Number.isNaN(this.#baselineMs)) this.#baselineMs = latencyMs;
    const { rejected, peak } = this.#window;
    const boundMs = this.#bound(peak);
    if (latencyMs > boundMs) {
      this.#congested(latencyMs, boundMs);
    } else {
      this.#beforeCuts = undefined;
      this.#track(latencyMs);
      // A limit that is not used has proved nothing, so it does not grow.
      if (rejected || peak * 2 > this.#limit) this.#grow();
    }
    if (rejected && --this.#untilCalibration <= 0) {
      this.#resumeAt = this.#limit;
      this.#setLimit(this.#limit * calibrationShare);
    }
  }

  /** The mean latency above which the dependency is congested. */
  #bound(peak: number): number {
    const tolerance = this.#rules.latencyTolerance + 1 / Math.sqrt(peak);
    return Math.max(tolerance * this.#baselineMs, this.#baselineMs + jitterMs);
  }

  /**
   * Moves the baseline towards a latency without congestion. It rises only while no call is rejected, and
   * slowly, so that a queue that builds up slowly is noticed.
   */
  #track(latencyMs: number): void {
    const change = latencyMs - this.#baselineMs;
    if (!this.#window.rejected) this.#baselineMs += (change > 0 ? 0.02 : 0.2) * change;
    else if (latencyMs < 0.8 * this.#baselineMs) this.#baselineMs += 0.5 * change;
  }

  #grow(): void {
    const limit = this.#limit;
    this.#setLimit(limit + Math.max(Math.sqrt(limit), limit * this.#growth));
    this.#growth = Math.min(maxGrowth, this.#growth * 1.5);
  }

  /**
   * The latency is above the bound. If it falls with the load, this limit causes the queue, and the cuts go
   * on. If the load is down to an eighth and the latency has not fallen, or nothing is left to cut, the
   * dependency has become slower, or other clients fill it. Then the bound rises to that latency, and the
   * limit from before the cuts is restored. It rises no further, because all processes that share a
   * dependency do the same, and would otherwise push each other up without end.
   */
  #congested(latencyMs: number, boundMs: number): void {
    const { load, rejected, peak } = this.#window;
    const before = this.#beforeCuts;
    this.#growth = minGrowth;
    // Capped latencies do not show by how much the latency fell.
    const capped = latencyMs * 3 > this.#longestMs;
    if (before === undefined || capped || latencyMs < vainLatency * before.latencyMs) {
      this.#beforeCuts = { load, latencyMs, limit: this.#limit };
    } else if (load <= vainLoad * before.load || this.#limit <= this.#rules.minLimit) {
      this.#baselineMs = latencyMs / this.#rules.latencyTolerance;
      this.#beforeCuts = undefined;
      this.#setLimit(before.limit);
      return;
    }
    const used = rejected ? this.#limit : Math.min(peak, this.#limit);
    this.#setLimit(Math.max(this.#limit * minShareAfterCut, (used * boundMs) / latencyMs));
  }

  /** Ends a calibration. It may lower the baseline, but raises it by no more than random noise would. */
  #calibrated(latencyMs: number): void {
    const baselineMs = this.#baselineMs;
    const lower = latencyMs < 0.8 * baselineMs;
    if (lower) this.#baselineMs += 0.7 * (latencyMs - baselineMs);
    else if (latencyMs < 1.05 * baselineMs) this.#baselineMs += 0.3 * (latencyMs - baselineMs);
    // If the latency was much lower, calls may still have queued, so the next calibration follows soon.
    this.#untilCalibration = lower ? 1 : calibrationInterval;
    this.#endCalibration();
  }

  #endCalibration(): void {
    if (this.#resumeAt > 0) this.#limit = this.#resumeAt;
    this.#resumeAt = 0;
  }
}
