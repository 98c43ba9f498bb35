import { describe, expect, it } from 'vitest';
import { adaptiveLimiterDefaults, readAdaptiveLimiterOptions } from './options.ts';
import type { AdaptiveLimiterOptions } from './options.ts';

describe('the options of an adaptive limiter', () => {
  it('have defaults', () => {
    expect(readAdaptiveLimiterOptions({})).toMatchObject(adaptiveLimiterDefaults);
    expect(adaptiveLimiterDefaults).toEqual({
      minLimit: 1,
      maxLimit: 200,
      initialLimit: 20,
      latencyTolerance: 1.5,
    });
  });

  it('move the default initial limit into the given bounds', () => {
    expect(readAdaptiveLimiterOptions({ minLimit: 30 }).initialLimit).toBe(30);
    expect(readAdaptiveLimiterOptions({ maxLimit: 7 }).initialLimit).toBe(7);
    expect(readAdaptiveLimiterOptions({ minLimit: 2, maxLimit: 50 }).initialLimit).toBe(20);
  });

  it('raise the default maximum to a minimum above it', () => {
    const { maxLimit, initialLimit } = readAdaptiveLimiterOptions({ minLimit: 500 });
    expect({ maxLimit, initialLimit }).toEqual({ maxLimit: 500, initialLimit: 500 });
  });

  it('accept an initial limit at either bound, and equal bounds', () => {
    const bounds = { minLimit: 5, maxLimit: 9 };
    expect(readAdaptiveLimiterOptions({ ...bounds, initialLimit: 5 }).initialLimit).toBe(5);
    expect(readAdaptiveLimiterOptions({ ...bounds, initialLimit: 9 }).initialLimit).toBe(9);
    expect(readAdaptiveLimiterOptions({ minLimit: 5, maxLimit: 5 }).initialLimit).toBe(5);
  });

  it.each<[AdaptiveLimiterOptions, RegExp]>([
    [{ minLimit: 0 }, /^minLimit: 0 .*at least 1/],
    [{ minLimit: 1.5 }, /^minLimit: 1\.5 /],
    [{ maxLimit: Infinity }, /^maxLimit: Infinity /],
    [{ minLimit: 10, maxLimit: 9 }, /^maxLimit: 9 .*at least minLimit \(10\)/],
    [{ initialLimit: 0 }, /^initialLimit: 0 /],
    [
      { minLimit: 5, initialLimit: 4 },
      /^initialLimit: 4 .*from minLimit \(5\) to maxLimit \(200\)/,
    ],
    [{ initialLimit: 201 }, /^initialLimit: 201 /],
    [{ latencyTolerance: 0.9 }, /^latencyTolerance: 0\.9 .*from 1 to 100/],
    [{ latencyTolerance: Number.NaN }, /^latencyTolerance: NaN /],
  ])('reject %j with a RangeError that names the option', (options, message) => {
    expect(() => readAdaptiveLimiterOptions(options)).toThrow(RangeError);
    expect(() => readAdaptiveLimiterOptions(options)).toThrow(message);
  });

  it.each([
    [{ priority: 'low' }, /^priority: "low" /],
    [{ handle: 1 }, /^handle: 1 /],
    [{ maxlimit: 5 }, /unknown option "maxlimit"/],
  ])('reject %j, and the error names the option', (options, message) => {
    expect(() => readAdaptiveLimiterOptions(options as AdaptiveLimiterOptions)).toThrow(message);
  });
});
