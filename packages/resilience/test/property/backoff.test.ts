import { Backoff } from '@highway/resilience';
import { seededRandom } from '@highway/resilience/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from './parameters.ts';

/** Just below 1: the most that a source of chance gives. */
const almostOne = 1 - 2 ** -53;
const chance = fc.oneof(
  fc.constantFrom(0, 0.5, almostOne),
  fc.double({ min: 0, max: almostOne, noNaN: true }),
);
const ms = (max: number): fc.Arbitrary<number> =>
  fc.oneof(fc.integer({ min: 0, max }), fc.double({ min: 0.001, max, noNaN: true }));
const attempt = fc.oneof(
  fc.integer({ min: 1, max: 40 }),
  fc.integer({ min: 1, max: 1_000_000 }),
  fc.constantFrom(1e6, 1e9, Number.MAX_SAFE_INTEGER, Number.MAX_VALUE),
);
const growth = fc
  .record({
    minDelay: ms(100_000),
    more: fc.oneof(ms(10_000_000), fc.constantFrom(0, 1e15, 1e300)),
    factor: fc.oneof(
      fc.constantFrom(1, 1.5, 2, 10, 1e9, Number.MAX_VALUE),
      fc.double({ min: 1, max: 20, noNaN: true }),
    ),
  })
  .map(({ minDelay, more, factor }) => ({ minDelay, maxDelay: minDelay + more, factor }));
const share = fc.oneof(fc.constantFrom(0, 0.1, 0.5, 1), fc.double({ min: 0, max: 1, noNaN: true }));

/** The delay without jitter, one multiplication for each attempt. */
function nominal(
  options: { minDelay: number; maxDelay: number; factor: number },
  until: number,
): number {
  let delay = options.minDelay;
  for (
    let at = 1;
    at < until && delay > 0 && delay < options.maxDelay && options.factor > 1;
    at++
  ) {
    delay *= options.factor;
  }
  return Math.min(delay, options.maxDelay);
}

/** Equal but for what rounding adds up to over many multiplications. */
function expectClose(actual: number, expected: number): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(expected * 1e-9);
}

describe('a backoff', { timeout: 120_000 }, () => {
  it('never returns a negative delay, one above its limit, or NaN', () => {
    const jitter = fc.oneof(share, fc.constantFrom('full' as const, 'decorrelated' as const));
    const previous = fc.option(ms(1e9), { nil: undefined });
    fc.assert(
      fc.property(growth, jitter, attempt, chance, previous, (options, how, at, drawn, before) => {
        const backoff = new Backoff({ ...options, jitter: how, random: () => drawn });
        const delay = backoff.forAttempt(at, before);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(options.maxDelay);
      }),
      runs(3000),
    );
  });

  it('grows by its factor up to its limit, and never shrinks', () => {
    fc.assert(
      fc.property(growth, fc.integer({ min: 1, max: 2000 }), (options, at) => {
        const backoff = new Backoff(options);
        expectClose(backoff.forAttempt(at), nominal(options, at));
        expect(backoff.forAttempt(at + 1)).toBeGreaterThanOrEqual(backoff.forAttempt(at));
      }),
      runs(1000),
    );
  });

  it('spreads a delay by its jitter to both sides, and a capped one only below the cap', () => {
    fc.assert(
      fc.property(growth, share, fc.integer({ min: 1, max: 60 }), (options, jitter, at) => {
        const delay = nominal(options, at);
        const drawing = (drawn: number): number =>
          new Backoff({ ...options, jitter, random: () => drawn }).forAttempt(at);
        expectClose(drawing(0), delay * (1 - jitter));
        expectClose(drawing(almostOne), Math.min(delay * (1 + jitter), options.maxDelay));
        expect(drawing(0.25)).toBeLessThanOrEqual(drawing(0.75));
      }),
      runs(1000),
    );
  });

  it('returns anything up to the delay with full jitter', () => {
    fc.assert(
      fc.property(growth, fc.integer({ min: 1, max: 60 }), chance, (options, at, drawn) => {
        const backoff = new Backoff({ ...options, jitter: 'full', random: () => drawn });
        expectClose(backoff.forAttempt(at), nominal(options, at) * drawn);
      }),
      runs(500),
    );
  });

  it('stays between the minimum and three times the previous delay with decorrelated jitter', () => {
    fc.assert(
      fc.property(growth, attempt, ms(1e6), chance, (options, at, before, drawn) => {
        const backoff = new Backoff({ ...options, jitter: 'decorrelated', random: () => drawn });
        const previous = Math.max(before, options.minDelay);
        const most = Math.min(previous * 3, options.maxDelay);
        const least = options.minDelay;
        expectClose(backoff.forAttempt(at, previous), least + (most - least) * drawn);
        expectClose(
          backoff.forAttempt(at),
          least + (Math.min(least * 3, options.maxDelay) - least) * drawn,
        );
      }),
      runs(500),
    );
  });

  it('returns the same delays for the same seed', () => {
    const jitter = fc.constantFrom(0.5, 1, 'full' as const, 'decorrelated' as const);
    fc.assert(
      fc.property(growth, jitter, fc.nat(), (options, how, seed) => {
        const delays = (): number[] => {
          const backoff = new Backoff({ ...options, jitter: how, random: seededRandom(seed) });
          return Array.from({ length: 8 }, (_, i) => backoff.forAttempt(i + 1));
        };
        expect(delays()).toEqual(delays());
      }),
      runs(300),
    );
  });

  it('rejects every attempt below 1', () => {
    const bad = fc.oneof(
      fc.double({ max: 1, maxExcluded: true }),
      fc.constantFrom(Number.NaN, 0, -1),
    );
    fc.assert(
      fc.property(growth, bad, (options, at) => {
        expect(() => new Backoff(options).forAttempt(at)).toThrow(RangeError);
      }),
      runs(200),
    );
  });
});
