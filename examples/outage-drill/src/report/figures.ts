import type { Phase } from '../service/script.ts';
import { phaseNamed } from '../service/script.ts';
import { spreadOf } from './percentile.ts';
import type { Spread } from './percentile.ts';
import type { CallOutcome, CallRecord, CircuitChange, RequestRecord } from './records.ts';

/** What the figures are drawn from. */
export interface Evidence {
  readonly calls: readonly CallRecord[];
  readonly requests: readonly RequestRecord[];
  readonly circuit: readonly CircuitChange[];
  readonly relapses: number;
}

/** What one group's drill came to. Times are in ms. */
export interface GroupFigures {
  readonly calls: number;
  readonly succeeded: number;
  readonly failed: number;
  /** Calls that were under way when the drill ended. */
  readonly unfinished: number;
  /** Failed calls by the way in which they failed. */
  readonly failures: Readonly<Partial<Record<CallOutcome, number>>>;
  /** How long callers waited for a success, and for a failure; all of the latter together. */
  readonly waitForSuccess: Spread;
  readonly waitForFailure: Spread & { readonly total: number };
  readonly requests: number;
  /** Requests by what came of them. */
  readonly answers: Readonly<Partial<Record<string, number>>>;
  readonly circuitOpened: number;
  /** What only a scripted service tells. */
  readonly script?: ScriptFigures;
}

/** What one group's drill came to, measured by the script. Times are in ms. */
export interface ScriptFigures {
  /** How long the successes took that began while the service was slow. */
  readonly slow: Spread;
  /** Requests that reached the service during the outage. */
  readonly requestsInOutage: number;
  readonly relapses: number;
  /** Calls that began after the service's recovery, and failed. */
  readonly failedAfterRecovery: number;
  /**
   * From the end of the outage until callers succeed again: to the first call that begins a half
   * second in which, and from which on to the end, at least 95 % of the calls succeed; `null` if
   * there is none.
   */
  readonly recoveredAfter: number | null;
}

/** The half second, and the share, by which callers succeed again. */
const recoveryWindowMs = 500;
const recoveryShare = 0.95;

/** Draws the figures of one group; `endedAt` is when the drill ended, or was interrupted. */
export function figuresOf(
  evidence: Evidence,
  endedAt: number,
  phases?: readonly Phase[],
): GroupFigures {
  const { calls, requests, circuit } = evidence;
  const succeeded = calls.filter(({ outcome }) => outcome === 'ok');
  const failed = calls.filter(isFailure);
  const waits = failed.map(duration);
  return {
    calls: calls.length,
    succeeded: succeeded.length,
    failed: failed.length,
    unfinished: calls.length - succeeded.length - failed.length,
    failures: countBy(failed.map(({ outcome }) => outcome)),
    waitForSuccess: spreadOf(succeeded.map(duration)),
    waitForFailure: { ...spreadOf(waits), total: waits.reduce((sum, wait) => sum + wait, 0) },
    requests: requests.length,
    answers: countBy(requests.map(({ answer }) => answer)),
    circuitOpened: circuit.filter(({ to }) => to === 'OPEN').length,
    ...(phases && { script: scriptFigures(evidence, endedAt, phases) }),
  };
}

function scriptFigures(
  { calls, requests, relapses }: Evidence,
  endedAt: number,
  phases: readonly Phase[],
): ScriptFigures {
  const slow = phaseNamed(phases, 'slow');
  const outage = phaseNamed(phases, 'outage');
  const recoveredAt = phaseNamed(phases, 'recovery').from;
  const after = calls.filter(({ startedAt }) => startedAt >= recoveredAt);
  const again = succeedsFrom(after, endedAt);
  return {
    slow: spreadOf(
      calls
        .filter(({ outcome, startedAt }) => outcome === 'ok' && isWithin(slow, startedAt))
        .map(duration),
    ),
    requestsInOutage: requests.filter(({ at }) => isWithin(outage, at)).length,
    relapses,
    failedAfterRecovery: after.filter(isFailure).length,
    recoveredAfter: again === undefined ? null : again - recoveredAt,
  };
}

/** When the first call began from which on calls succeed; `undefined` if there is none. */
function succeedsFrom(calls: readonly CallRecord[], endedAt: number): number | undefined {
  const sorted = [...calls].sort((a, b) => a.startedAt - b.startedAt);
  // successes[i] counts those before the call i, so any share takes one subtraction.
  const successes = [0];
  for (const [i, { outcome }] of sorted.entries()) {
    successes.push(successes[i]! + (outcome === 'ok' ? 1 : 0));
  }
  const share = (from: number, to: number): number =>
    (successes[to]! - successes[from]!) / (to - from);
  let windowEnd = 0;
  for (const [i, { outcome, startedAt }] of sorted.entries()) {
    const until = startedAt + recoveryWindowMs;
    if (until > endedAt) return undefined;
    while (windowEnd < sorted.length && sorted[windowEnd]!.startedAt < until) windowEnd++;
    const good = share(i, windowEnd) >= recoveryShare && share(i, sorted.length) >= recoveryShare;
    if (outcome === 'ok' && good) return startedAt;
  }
  return undefined;
}

function isFailure({ outcome }: CallRecord): boolean {
  return outcome !== 'ok' && outcome !== 'unfinished';
}

function duration({ startedAt, endedAt }: CallRecord): number {
  return endedAt - startedAt;
}

function isWithin({ from, to }: Phase, at: number): boolean {
  return at >= from && at < to;
}

function countBy<Key extends string>(keys: readonly Key[]): Partial<Record<Key, number>> {
  const counts: Partial<Record<Key, number>> = {};
  for (const key of keys) counts[key] = (counts[key] ?? 0) + 1;
  return counts;
}
