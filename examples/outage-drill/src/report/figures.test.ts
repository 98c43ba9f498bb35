import { describe, expect, it } from 'vitest';
import { phaseNamed, phasesOf } from '../service/script.ts';
import { figuresOf } from './figures.ts';
import type { Evidence, ScriptFigures } from './figures.ts';
import type { CallOutcome, CallRecord } from './records.ts';

const nothing: Evidence = { calls: [], requests: [], circuit: [], relapses: 0 };
const phases = phasesOf(20);
const end = 20_000;
const recovery = phaseNamed(phases, 'recovery').from;

function call(startedAt: number, outcome: CallOutcome, took = 10): CallRecord {
  return { startedAt, endedAt: startedAt + took, outcome };
}

/** A call every ten milliseconds, with the outcome that `judge` gives for its start. */
function callsFrom(from: number, judge: (at: number) => CallOutcome): CallRecord[] {
  const length = Math.ceil((end - from) / 10);
  return Array.from({ length }, (_, i) => call(from + 10 * i, judge(from + 10 * i)));
}

function scriptFigures(evidence: Partial<Evidence>, endedAt = end): ScriptFigures {
  return figuresOf({ ...nothing, ...evidence }, endedAt, phases).script!;
}

describe('the figures of a group', () => {
  it('tell of nothing where nothing happened', () => {
    const figures = figuresOf(nothing, end, phases);
    expect(figures).toMatchObject({ calls: 0, succeeded: 0, failed: 0, unfinished: 0 });
    expect(figures.script!.recoveredAfter).toBeNull();
  });

  it('count every call once', () => {
    const calls = [call(0, 'ok'), call(1, 'status'), call(2, 'rejected'), call(3, 'unfinished')];
    const figures = figuresOf({ ...nothing, calls }, end);
    expect(figures).toMatchObject({ calls: 4, succeeded: 1, failed: 2, unfinished: 1 });
    expect(figures.failures).toEqual({ status: 1, rejected: 1 });
  });

  it('keep the waits for failures and for successes apart', () => {
    const calls = [call(0, 'ok', 20), call(1, 'timeout', 500), call(2, 'rejected', 0)];
    const { waitForSuccess, waitForFailure } = figuresOf({ ...nothing, calls }, end);
    expect(waitForSuccess).toEqual({ p50: 20, p99: 20 });
    expect(waitForFailure).toEqual({ p50: 0, p99: 500, total: 500 });
  });

  it('count openings of the circuit, and answers by their kind', () => {
    const circuit = [
      { at: 1, from: 'CLOSED', to: 'OPEN' },
      { at: 2, from: 'OPEN', to: 'HALF_OPEN' },
      { at: 3, from: 'HALF_OPEN', to: 'OPEN' },
    ];
    const requests = [
      { at: 1, answer: '200' },
      { at: 2, answer: '200' },
      { at: 3, answer: 'timeout' },
    ];
    const figures = figuresOf({ ...nothing, circuit, requests }, end);
    expect(figures.circuitOpened).toBe(2);
    expect(figures.answers).toEqual({ '200': 2, timeout: 1 });
  });

  it('say nothing of a script where there is none', () => {
    expect(figuresOf(nothing, end)).not.toHaveProperty('script');
  });
});

describe('the figures of the script', () => {
  it('count the requests of the outage alone', () => {
    const { from, to } = phaseNamed(phases, 'outage');
    const requests = [from - 1, from, to - 1, to].map((at) => ({ at, answer: 'error' }));
    expect(scriptFigures({ requests }).requestsInOutage).toBe(2);
  });

  it('count failures after the recovery by when their calls began', () => {
    const calls = [call(recovery - 1, 'status', 5000), call(recovery, 'status')];
    expect(scriptFigures({ calls }).failedAfterRecovery).toBe(1);
  });
});

describe('the time until callers succeed again', () => {
  const after = (calls: CallRecord[], endedAt?: number): number | null =>
    scriptFigures({ calls }, endedAt).recoveredAfter;

  it('is none where they succeed from the first call on', () => {
    expect(after(callsFrom(recovery, () => 'ok'))).toBe(0);
  });

  it('lasts to the first success of the good half second', () => {
    const judge = (at: number): CallOutcome => (at < recovery + 2000 ? 'rejected' : 'ok');
    expect(after(callsFrom(recovery, judge))).toBe(2000);
  });

  it('forgives one failed call in a hundred', () => {
    const judge = (at: number): CallOutcome => (at % 1000 === 0 ? 'status' : 'ok');
    expect(after(callsFrom(recovery, judge))).toBe(10);
  });

  it('goes on through a good half second that a relapse follows', () => {
    const judge = (at: number): CallOutcome =>
      at < recovery + 600 || at >= recovery + 3000 ? 'ok' : 'status';
    expect(after(callsFrom(recovery, judge))).toBeGreaterThan(2500);
  });

  it('has no end where less than half a second is left', () => {
    const judge = (at: number): CallOutcome => (at < end - 490 ? 'status' : 'ok');
    expect(after(callsFrom(recovery, judge))).toBeNull();
  });

  it('has no end where calls fail to the end', () => {
    expect(after(callsFrom(recovery, () => 'status'))).toBeNull();
  });

  it('does not trust calls that are still unfinished', () => {
    expect(after(callsFrom(recovery, () => 'unfinished'))).toBeNull();
  });
});
