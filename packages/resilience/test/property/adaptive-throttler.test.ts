import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ThrottleMachine } from '../../src/policies/adaptive-throttler/machine.ts';
import type { ThrottleRules } from '../../src/policies/adaptive-throttler/machine.ts';
import { runs } from './parameters.ts';

interface Outcome {
  /** The earliest and the latest that it may count from. */
  readonly from: number;
  readonly to: number;
  readonly failed: boolean;
}

const share = fc.double({ min: 0, max: 1, noNaN: true });
const anyRules: fc.Arbitrary<ThrottleRules> = fc.record({
  window: fc.constantFrom(400, 10_000),
  failureTolerance: share.map((each) => each * 0.95),
  maxRejectionRate: share,
});

const stride = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 60 }) },
  { weight: 2, arbitrary: fc.constantFrom(0, 0.1, 390, 399, 400, 401, 9_750) },
  { weight: 1, arbitrary: fc.constantFrom(10_000, 40_000, 1e9, -1, -500) },
);
const step = fc.record({
  stride,
  outcomes: fc.array(fc.boolean(), { maxLength: 20 }),
  reads: fc.boolean(),
});

/**
 * The shares that a list of outcomes allows: a window forgets by fortieths, and a success that came
 * in a batch may count as early as the one before the batch.
 */
function allowed(
  outcomes: readonly Outcome[],
  rules: ThrottleRules,
  now: number,
): [number, number] {
  const { window, failureTolerance, maxRejectionRate } = rules;
  const oldest = now - window;
  const surely = oldest + window / 40;
  const count = (failed: boolean, sure: boolean): number =>
    outcomes.filter(
      (each) => each.failed === failed && (sure ? each.from > surely : each.to >= oldest),
    ).length;
  const rejected = (failures: number, successes: number): number => {
    const excess = failures / (failures + successes + 5) - failureTolerance;
    return Math.min(maxRejectionRate, Math.max(0, excess / (1 - failureTolerance)));
  };
  return [
    rejected(count(true, true), count(false, false)),
    rejected(count(true, false), count(false, true)),
  ];
}

describe('a throttle machine', { timeout: 120_000 }, () => {
  it('rejects the share that follows from a list of the outcomes in the window', () => {
    fc.assert(
      fc.property(anyRules, fc.array(step, { maxLength: 80 }), (rules, steps) => {
        let at = 0;
        let highest = 0;
        let counted = 0;
        const machine = new ThrottleMachine(rules, { now: () => at });
        const outcomes: Outcome[] = [];
        for (const { stride: passed, outcomes: next, reads } of steps) {
          at += passed;
          // A clock that steps back is taken to stand still.
          highest = Math.max(highest, at);
          for (const success of next) {
            outcomes.push({ from: success ? counted : highest, to: highest, failed: !success });
            if (success) machine.recordSuccess();
            else machine.recordFailure();
            if (!success) counted = highest;
          }
          if (!reads || at < highest) continue;
          const [least, most] = allowed(outcomes, rules, highest);
          const rate = machine.rejectionRate;
          counted = highest;
          expect(rate).toBeGreaterThanOrEqual(least - 1e-12);
          expect(rate).toBeLessThanOrEqual(most + 1e-12);
        }
      }),
      runs(500),
    );
  });

  it('never rejects more than its maximum, or less than 0', () => {
    const outcomes = fc.array(fc.boolean(), { maxLength: 300 });
    fc.assert(
      fc.property(anyRules, outcomes, fc.nat(20_000), (rules, given, later) => {
        let at = 0;
        const machine = new ThrottleMachine(rules, { now: () => at });
        for (const success of given) {
          if (success) machine.recordSuccess();
          else machine.recordFailure();
          expect(machine.rejectionRate).toBeGreaterThanOrEqual(0);
          expect(machine.rejectionRate).toBeLessThanOrEqual(rules.maxRejectionRate);
          expect(machine.calm && machine.rejectionRate > 0).toBe(false);
        }
        at = later;
        expect(later > rules.window && machine.rejectionRate > 0).toBe(false);
      }),
      runs(300),
    );
  });
});
