import { describe, expect, it } from 'vitest';
import { systemRandom } from '../../seams/random.ts';
import { adaptiveThrottlerDefaults, readAdaptiveThrottlerOptions } from './options.ts';
import type { AdaptiveThrottlerOptions } from './options.ts';

describe('the options of an adaptive throttler', () => {
  it('have defaults', () => {
    const read = readAdaptiveThrottlerOptions({});
    expect(read).toMatchObject(adaptiveThrottlerDefaults);
    expect(read.random).toBe(systemRandom);
    expect(adaptiveThrottlerDefaults).toEqual({
      window: 10_000,
      failureTolerance: 0.5,
      maxRejectionRate: 0.9,
    });
  });

  it('accept the ends of their ranges', () => {
    const random = (): number => 0;
    const options = { window: 1, failureTolerance: 0, maxRejectionRate: 1, random };
    const { random: draw, ...ends } = readAdaptiveThrottlerOptions(options);
    expect(ends).toMatchObject({ window: 1, failureTolerance: 0, maxRejectionRate: 1 });
    expect(draw()).toBe(0);
    expect(readAdaptiveThrottlerOptions({ maxRejectionRate: 0 }).maxRejectionRate).toBe(0);
    expect(readAdaptiveThrottlerOptions({ window: '1m' }).window).toBe(60_000);
  });

  it.each<[AdaptiveThrottlerOptions, RegExp]>([
    [{ window: 0 }, /^window: 0 .*above 0/],
    [{ window: -1 }, /^window: -1 /],
    [{ window: Infinity }, /^window: Infinity /],
    [{ failureTolerance: 1 }, /^failureTolerance: 1 .*below 1/],
    [{ failureTolerance: -0.1 }, /^failureTolerance: -0\.1 /],
    [{ maxRejectionRate: 1.1 }, /^maxRejectionRate: 1\.1 /],
    [{ maxRejectionRate: Number.NaN }, /^maxRejectionRate: NaN /],
  ])('throw a RangeError for %j that names the option', (options, message) => {
    expect(() => readAdaptiveThrottlerOptions(options)).toThrow(RangeError);
    expect(() => readAdaptiveThrottlerOptions(options)).toThrow(message);
  });

  it.each([
    [{ random: 0.5 }, /^random: 0\.5 /],
    [{ handle: 1 }, /^handle: 1 /],
    [{ handleResult: 1 }, /^handleResult: 1 /],
    [{ tolerance: 0.5 }, /unknown option "tolerance"/],
  ])('throw for %j, and the error names the option', (options, message) => {
    expect(() => readAdaptiveThrottlerOptions(options as AdaptiveThrottlerOptions)).toThrow(
      message,
    );
  });
});
