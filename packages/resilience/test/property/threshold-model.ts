import { candidates } from './time-window-model.ts';

/** An outcome with when it came and how long the call took. */
export interface Sample {
  readonly at: number;
  readonly failed: boolean;
  readonly took: number;
}

/** A threshold; shares are whole percents, so that the model reckons with integers. */
export type ModelThreshold =
  | { readonly kind: 'fraction'; readonly failures: number; readonly calls: number }
  | { readonly kind: 'consecutive'; readonly count: number }
  | TimedThreshold;

/** A threshold on a window of time. */
export interface TimedThreshold {
  readonly kind: 'rate' | 'slow';
  readonly percent: number;
  readonly over: number;
  readonly minimumCalls: number;
  readonly slowerThan: number;
}

/** What a threshold counts, `true` for what speaks against the dependency. */
export function counts(threshold: ModelThreshold, { failed, took }: Sample): boolean {
  return threshold.kind === 'slow' ? took > threshold.slowerThan : failed;
}

/** Every window that the threshold may see now: one, but for the forgetting of windows of time. */
export function windows(
  threshold: ModelThreshold,
  samples: readonly Sample[],
  now: number,
): boolean[][] {
  const judged = samples.map((sample) => ({ ...sample, failed: counts(threshold, sample) }));
  if ('over' in threshold) {
    const possible = candidates(judged, threshold.over, now);
    return possible.map((timed) => timed.map(({ failed }) => failed));
  }
  const size = threshold.kind === 'fraction' ? threshold.calls : threshold.count;
  return [judged.slice(-size).map(({ failed }) => failed)];
}

/** Whether the newest outcome meets the threshold, for each window that it may see. */
export function verdicts(
  threshold: ModelThreshold,
  samples: readonly Sample[],
  now: number,
): boolean[] {
  // A success never opens.
  if (!counts(threshold, samples.at(-1)!)) return [false];
  return windows(threshold, samples, now).map((window) => meets(threshold, window));
}

function meets(threshold: ModelThreshold, window: readonly boolean[]): boolean {
  const failures = window.filter((failed) => failed).length;
  if (threshold.kind === 'fraction') return failures >= threshold.failures;
  if (threshold.kind === 'consecutive') return failures >= threshold.count;
  const enough = window.length >= threshold.minimumCalls;
  return enough && failures * 100 >= threshold.percent * window.length;
}

/** How many of how many trial calls must fail for the circuit to open again. */
export function trialShare(threshold: ModelThreshold): readonly [failures: number, calls: number] {
  if (threshold.kind === 'fraction') return [threshold.failures, threshold.calls];
  if (threshold.kind === 'consecutive') return [threshold.count, threshold.count];
  const { percent, minimumCalls } = threshold;
  let failures = 0;
  while (failures * 100 < percent * minimumCalls) failures++;
  return [failures, minimumCalls];
}
