import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CountWindow } from '../../src/support/count-window.ts';
import type { StoredWindow } from '../../src/support/outcomes.ts';
import { TimeWindow } from '../../src/support/time-window.ts';
import { runs } from './parameters.ts';
import { candidates } from './time-window-model.ts';
import type { Timed } from './time-window-model.ts';

const failuresOf = (outcomes: readonly boolean[]): number =>
  outcomes.filter((success) => !success).length;

describe('a window of the last calls', { timeout: 120_000 }, () => {
  it('contains what a list would, at every size and after every outcome', () => {
    const size = fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 200 }));
    fc.assert(
      fc.property(size, fc.array(fc.boolean(), { maxLength: 400 }), (most, outcomes) => {
        const window = new CountWindow(most);
        outcomes.forEach((success, i) => {
          window.record(!success);
          const expected = outcomes.slice(0, i + 1).slice(-most);
          expect(window.length).toBe(expected.length);
          expect(window.failureCount).toBe(failuresOf(expected));
        });
        expect([...window]).toEqual(outcomes.slice(-most));
      }),
      runs(500),
    );
  });

  it('survives a snapshot, and keeps the newest outcomes if the new one is smaller', () => {
    const size = fc.integer({ min: 1, max: 70 });
    fc.assert(
      fc.property(size, size, fc.array(fc.boolean(), { maxLength: 150 }), (from, to, outcomes) => {
        const [before, after] = [new CountWindow(from), new CountWindow(to)];
        for (const success of outcomes) before.record(!success);
        after.restore(before.store());
        expect([...after]).toEqual(outcomes.slice(-from).slice(-to));
        expect(after.failureCount).toBe(failuresOf([...after]));
      }),
      runs(300),
    );
  });
});

describe('a window of time', { timeout: 120_000 }, () => {
  const span = 400;
  // Small steps, strides around the bounds, long idleness, and steps back.
  const stride = fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 0, max: 60 }) },
    { weight: 2, arbitrary: fc.constantFrom(380, 389, 390, 391, 399, 400, 401, 0.1, 9.99) },
    { weight: 1, arbitrary: fc.constantFrom(1_000, 40_000, 1e9) },
    { weight: 1, arbitrary: fc.constantFrom(-1, -15, -395, -5_000) },
  );
  const step = fc.record({ stride, success: fc.boolean(), reads: fc.boolean() });

  it('counts every outcome for 39/40 of its span, and none for longer than the span', () => {
    const start = fc.constantFrom(0, 5, 399, 1e12, -12_345);
    fc.assert(
      fc.property(start, fc.array(step, { maxLength: 100 }), (from, steps) => {
        let now: number = from;
        let furthest: number = from;
        const outcomes: Timed[] = [];
        const window = new TimeWindow(span, { now: () => now });
        expect(window.length).toBe(0);
        for (const { stride: by, success, reads } of steps) {
          now += by;
          // A clock that steps back is taken to stand still.
          furthest = Math.max(furthest, now);
          if (!reads) {
            window.record(!success, now);
            outcomes.push({ at: furthest, failed: !success });
          }
          const allowed = candidates(outcomes, span, furthest);
          const counts = allowed.map((counted) =>
            [counted.length, counted.filter(({ failed }) => failed).length].join(),
          );
          expect(counts).toContain([window.length, window.failureCount].join());
          expect(failuresOf([...window])).toBe(window.failureCount);
          expect([...window]).toHaveLength(window.length);
        }
      }),
      runs(1000),
    );
  });

  it('continues from a snapshot of any age, at most 3/40 of its span early and 1/40 late', () => {
    const gap = fc.oneof(fc.integer({ min: 0, max: span + 50 }), fc.constant(1e9));
    const later = fc.integer({ min: 0, max: span });
    const start = fc.integer({ min: 0, max: 5_000 });
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 30 }),
        gap,
        later,
        start,
        (steps, away, more, from) => {
          let now = 1_000_000;
          const time = { now: (): number => now };
          const outcomes: Timed[] = [];
          const before = new TimeWindow(span, time);
          for (const { stride: by, success } of steps) {
            now += Math.abs(by);
            before.record(!success, now);
            outcomes.push({ at: now, failed: !success });
          }
          const stored = JSON.parse(JSON.stringify(before.store())) as StoredWindow;
          // Another process has another monotonic clock.
          const elapsed = now + away;
          now = from;
          const after = new TimeWindow(span, time);
          after.restore(stored, away);
          now += more;
          const age = ({ at }: Timed): number => elapsed + more - at;
          // Each of the two clocks, and the time between them, may cut a part of a bucket.
          const surely = outcomes.filter((outcome) => age(outcome) < (span * 37) / 40).length;
          const possibly = outcomes.filter((outcome) => age(outcome) <= (span * 41) / 40).length;
          expect(after.length).toBeGreaterThanOrEqual(surely);
          expect(after.length).toBeLessThanOrEqual(possibly);
        },
      ),
      runs(500),
    );
  });
});
