import type { Phase } from '../service/script.ts';
import { phaseNamed } from '../service/script.ts';
import { spreadOf } from './percentile.ts';
import type { Spread } from './percentile.ts';
import type { CallOutcome, CallRecord, CircuitChange, RequestRecord } from './records.ts';

/** The records from which the figures are computed. */
export interface Evidence {
  readonly calls: readonly CallRecord[];
  readonly requests: readonly RequestRecord[];
  readonly circuit: readonly CircuitChange[];
  readonly relapses: number;
}

/** The figures of one group. Times are in ms. */
export interface GroupFigures {
  readonly calls: number;
  readonly succeeded: number;
  readonly failed: number;
  /** Calls that were in progress when the drill ended. */
  readonly unfinished: number;
  /** Failed calls by kind of failure. */
  readonly failures: Readonly<Partial<Record<CallOutcome, number>>>;
  /** How long successful and failed calls took, and the sum of the latter. */
  readonly waitForSuccess: Spread;
  readonly waitForFailure: Spread & { readonly total: number };
  readonly requests: number;
  /** Requests by answer. */
  readonly answers: Readonly<Partial<Record<string, number>>>;
  readonly circuitOpened: number;
  /** Figures that only a scripted service can give. */
  readonly script?: ScriptFigures;
}

/** The figures of one group by phase of the script. Times are in ms. */
export interface ScriptFigures {
  /** How long successful calls took that started while the service was slow. */
  readonly slow: Spread;
  /** Requests that reached the service during the outage. */
  readonly requestsInOutage: number;
  readonly relapses: number;
  /** Failed calls that started after the outage. */
  readonly failedAfterRecovery: number;
  /**
   * From the end of the outage until calls succeed again: until the first successful call from which on
   * at least 95 % of the calls succeed, both in the next half second and until the end; `null` if there
   * is none.
   */
  readonly recoveredAfter: number | null;
}

/** The half second, and the share, that define when calls succeed again. */
const recoveryWindowMs = 500;
const recoveryShare = 0.95;

/** Computes the figures of one group; `endedAt` is when the drill ended or was interrupted. */
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

/** The start of the first call from which on calls succeed; `undefined` if there is none. */
function succeedsFrom(calls: readonly CallRecord[], endedAt: number): number | undefined {
  const sorted = [...calls].sort((a, b) => a.startedAt - b.startedAt);
  // successes[i] counts the successes before call i, so any share takes one subtraction.
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
