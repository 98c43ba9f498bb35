import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AdaptiveLimiterPolicy } from '../../src/policies/adaptive-limiter/index.ts';
import { LatencyWindow } from '../../src/policies/adaptive-limiter/latency-window.ts';
import { LimitMachine } from '../../src/policies/adaptive-limiter/machine.ts';
import type { LimitRules } from '../../src/policies/adaptive-limiter/machine.ts';
import { TimeoutExceededError } from '../../src/errors.ts';
import type { GatedAttempt } from '../../src/pipeline/stage.ts';
import { stage } from '../../src/policy.ts';
import { ManualClock } from '../../src/testing/index.ts';
import { runs } from './parameters.ts';

const anyLatency = fc.oneof(
  { weight: 8, arbitrary: fc.double({ min: 0, max: 1000, noNaN: true }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(0, -1, Number.NaN, Infinity, -Infinity, 1e-12, 1e15, 1e308),
  },
);

const anyRules: fc.Arbitrary<LimitRules> = fc
  .tuple(fc.nat(50), fc.nat(500), fc.nat(), fc.double({ min: 1, max: 10, noNaN: true }))
  .map(([least, more, initial, latencyTolerance]) => ({
    minLimit: least + 1,
    maxLimit: least + 1 + more,
    initialLimit: least + 1 + (initial % (more + 1)),
    latencyTolerance,
  }));

/** What the machine may be told, and how often in a row. */
const step = fc.record({
  kind: fc.constantFrom('enter', 'answer', 'fail', 'drop', 'serve'),
  rank: fc.nat(3),
  latency: anyLatency,
  times: fc.integer({ min: 1, max: 60 }),
});

describe('a limit machine', { timeout: 120_000 }, () => {
  it('keeps its limit within its bounds and its count exact, whatever happens', () => {
    fc.assert(
      fc.property(anyRules, fc.array(step, { maxLength: 120 }), (rules, steps) => {
        const machine = new LimitMachine(rules);
        let inFlight = 0;
        const end = (tell: () => void): void => {
          if (inFlight === 0) return;
          tell();
          machine.leave();
          inFlight--;
        };
        const enter = (rank: number): void => {
          const before = inFlight;
          const admitted = machine.enter(rank);
          if (admitted) inFlight++;
          // Nobody is rejected an empty place, and nobody gets one beyond the limit.
          expect(admitted || before > 0).toBe(true);
          expect(inFlight).toBeLessThanOrEqual(Math.max(before, machine.limit));
        };
        for (const { kind, rank, latency, times } of steps) {
          for (let i = 0; i < times; i++) {
            if (kind === 'enter' || kind === 'serve') enter(rank);
            if (kind === 'fail') end(() => machine.recordFailure());
            if (kind === 'drop') end(() => {});
            if (kind === 'answer' || kind === 'serve') end(() => machine.record(latency));
            expect(machine.inFlight).toBe(inFlight);
            expect(machine.limit).toBeGreaterThanOrEqual(rules.minLimit);
            expect(machine.limit).toBeLessThanOrEqual(rules.maxLimit);
            expect(machine.baselineMs).not.toBe(Infinity);
          }
        }
      }),
      runs(300),
    );
  });

  it('never gives a rank more slots than a more important one', () => {
    const machineOf = (limit: number): LimitMachine =>
      new LimitMachine({
        minLimit: 1,
        maxLimit: 1e6,
        initialLimit: limit,
        latencyTolerance: 1.5,
      });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5_000 }), (limit) => {
        const places = [0, 1, 2, 3].map((rank) => {
          const machine = machineOf(limit);
          while (machine.enter(rank));
          return machine.inFlight;
        });
        expect(places[0]).toBe(limit);
        // The naive rule: half the square root for each rank, but one place in any case.
        expect(places).toEqual(
          [0, 1, 2, 3].map((rank) =>
            Math.max(1, Math.floor(limit - (rank * Math.sqrt(limit)) / 2)),
          ),
        );
      }),
      runs(200),
    );
  });

  it('is not changed by dropped calls', () => {
    const latencies = fc.array(fc.integer({ min: 1, max: 300 }), { maxLength: 400 });
    fc.assert(
      fc.property(latencies, fc.nat(30), (answers, dropped) => {
        const rules = { minLimit: 1, maxLimit: 100, initialLimit: 20, latencyTolerance: 1.5 };
        const [plain, disturbed] = [new LimitMachine(rules), new LimitMachine(rules)];
        for (const ms of answers) {
          for (const machine of [plain, disturbed]) {
            machine.enter(0);
            machine.record(ms);
            machine.leave();
          }
          for (let i = 0; i < dropped; i++) {
            disturbed.enter(0);
            disturbed.leave();
          }
        }
        expect(disturbed.limit).toBe(plain.limit);
        expect(disturbed.baselineMs).toBe(plain.baselineMs);
      }),
      runs(200),
    );
  });
});

describe('a window of latencies', { timeout: 120_000 }, () => {
  it('has the mean of a list, and is complete when the list is', () => {
    const latency = fc.double({ min: 0, max: 1e5, noNaN: true });
    const outcomes = fc.array(fc.option(latency, { freq: 5 }), { maxLength: 400 });
    fc.assert(
      fc.property(outcomes, fc.nat(40), fc.nat(40), (given, inFlight, skipped) => {
        const window = new LatencyWindow();
        window.begin(inFlight, skipped);
        const kept: (number | null)[] = [];
        for (const [i, outcome] of given.entries()) {
          const complete =
            outcome === null ? window.addFailure(inFlight) : window.add(outcome, inFlight);
          if (i >= skipped) kept.push(outcome);
          const list = kept.filter((each) => each !== null);
          expect(list.length === 0 || near(window.latencyMs, mean(list))).toBe(true);
          expect(window.samples + window.failures).toBe(kept.length);
          // Only rounding may make a difference, where the error is just at its bound.
          const expected = isComplete(kept.length, list, inFlight);
          expect(complete === expected || near(relativeError(list), 0.09)).toBe(true);
          if (complete) return;
        }
      }),
      runs(500),
    );
  });
});

function near(a: number, b: number): boolean {
  return Math.abs(a - b) < 1e-6 * Math.max(1, Math.abs(b));
}

function mean(list: readonly number[]): number {
  return list.reduce((sum, each) => sum + each, 0) / list.length;
}

/** The standard error of the mean, as a share of the mean. */
function relativeError(list: readonly number[]): number {
  const middle = mean(list);
  const variance = mean(list.map((each) => (each - middle) ** 2));
  return Math.sqrt(variance / list.length) / middle;
}

function isComplete(all: number, list: readonly number[], inFlight: number): boolean {
  if (all < Math.max(20, inFlight)) return false;
  if (all >= 300 || list.every((each) => each === 0)) return true;
  return relativeError(list) <= 0.09;
}

/** The ways in which a pipeline may end a ticket, in any order in which it may do it. */
const ending = fc.record({
  abandoned: fc.option(fc.constantFrom('timeout', 'abort')),
  end: fc.constantFrom('succeeded', 'failed', 'released'),
});

describe('the gate of an adaptive limiter', { timeout: 120_000 }, () => {
  it('frees every slot exactly once, and counts each call at most once', () => {
    fc.assert(
      fc.property(fc.array(ending, { maxLength: 60 }), fc.nat(), (endings, shuffle) => {
        const limiter = new AdaptiveLimiterPolicy({
          clock: new ManualClock(),
          initialLimit: 100,
        });
        let told = 0;
        limiter.on('success', () => told++);
        limiter.on('failure', () => told++);
        const gate = limiter[stage] as Required<ReturnType<() => (typeof limiter)[typeof stage]>>;
        const gated = { attempt: 1 } as GatedAttempt;
        const calls = endings.map((each) => ({ ...each, ticket: gate.enter(gated) }));
        expect(limiter.inFlight).toBe(endings.length);
        calls.sort((a, b) => ((a.end.length * shuffle) % 7) - ((b.end.length * shuffle) % 5));
        for (const [i, { abandoned, end, ticket }] of calls.entries()) {
          const reason = abandoned === 'timeout' ? new TimeoutExceededError(5) : new Error('gone');
          expect(abandoned !== null && gate.abandoned(ticket, reason)).toBe(false);
          if (end === 'succeeded') gate.succeeded(ticket, 1);
          else if (end === 'failed') gate.failed(ticket, new Error('boom'));
          else gate.released(ticket);
          expect(limiter.inFlight).toBe(endings.length - i - 1);
        }
        const counted = endings.filter(({ abandoned, end }) =>
          abandoned === null ? end !== 'released' : abandoned === 'timeout',
        );
        expect(told).toBe(counted.length);
      }),
      runs(300),
    );
  });
});
