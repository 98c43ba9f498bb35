import { describe, expect, it } from 'vitest';
import { Backoff } from '../../values/backoff.ts';
import { RetryBudget } from '../../values/retry-budget.ts';
import { readRetryOptions, retrySettings } from './options.ts';
import type { RetryOptions } from './options.ts';

describe('the options of a retry', () => {
  it('have defaults: three retries, 100 ms doubling to 5 s, jittered by half', () => {
    const rules = readRetryOptions({});
    expect(rules).toMatchObject({
      name: undefined,
      maxRetries: 3,
      maxDuration: Infinity,
      budget: undefined,
      handleResult: undefined,
      handleRejection: undefined,
      rethrow: false,
      onRetry: undefined,
    });
    expect(rules.backoff.toJSON()).toEqual({
      minDelay: 100,
      maxDelay: 5000,
      factor: 2,
      jitter: 0.5,
    });
  });

  it('pass the random source to the default backoff, and to no other', () => {
    expect(readRetryOptions({ random: () => 0 }).backoff.forAttempt(1)).toBe(50);
    const backoff = Backoff.fixed(7);
    expect(readRetryOptions({ random: () => 0, backoff }).backoff).toBe(backoff);
  });

  it('may allow any number of retries, and limit the duration', () => {
    expect(readRetryOptions({ maxRetries: Infinity }).maxRetries).toBe(Infinity);
    expect(readRetryOptions({ maxRetries: 0 }).maxRetries).toBe(0);
    expect(readRetryOptions({ maxDuration: '2s' }).maxDuration).toBe(2000);
  });

  it.each<[string, unknown]>([
    ['maxRetries', -1],
    ['maxRetries', 1.5],
    ['maxRetries', '3'],
    ['backoff', 100],
    ['backoff', { minDelay: 1 }],
    ['backoff', { forAttempt: () => 1 }],
    ['handle', 'all'],
    ['handleResult', 1],
    ['handleRejection', true],
    ['rethrow', 'yes'],
    ['maxDuration', -1],
    ['maxDuration', Infinity],
    ['budget', {}],
    ['random', 0.5],
    ['onRetry', []],
    ['name', ''],
  ])('throw for %s: %o, and the error names it', (option, value) => {
    expect(() => readRetryOptions({ [option]: value })).toThrow(
      expect.objectContaining({ message: expect.stringContaining(`${option}: `) as string }),
    );
  });

  it('throw for an unknown option', () => {
    expect(() => readRetryOptions({ retries: 3 } as RetryOptions)).toThrow(
      /unknown option "retries"/,
    );
  });
});

describe('the settings of a retry', () => {
  it('are plain data, with the total time that waits may take', () => {
    const budget = new RetryBudget({ ratio: 0.1, minPerSecond: 2, window: '5s' });
    const settings = retrySettings(readRetryOptions({ name: 'api', maxDuration: 9, budget }));
    expect(JSON.parse(JSON.stringify(settings))).toEqual({
      type: 'retry',
      name: 'api',
      maxRetries: 3,
      backoff: { minDelay: 100, maxDelay: 5000, factor: 2, jitter: 0.5 },
      maxDuration: 9,
      budget: { ratio: 0.1, minPerSecond: 2, minConcurrency: 0, window: 5000 },
      rethrow: false,
      longestWait: 700,
    });
  });

  it.each<[string, RetryOptions, number]>([
    ['no retries', { maxRetries: 0 }, 0],
    ['a fixed delay', { maxRetries: 4, backoff: Backoff.fixed(25) }, 100],
    ['no delay', { maxRetries: Infinity, backoff: Backoff.none }, 0],
    [
      'a delay that cannot grow',
      { maxRetries: Infinity, backoff: new Backoff({ minDelay: 0, maxDelay: 5 }) },
      0,
    ],
    [
      'a delay that never grows',
      { maxRetries: 3, backoff: new Backoff({ minDelay: 5, maxDelay: 90, factor: 1 }) },
      15,
    ],
    [
      'a delay that grows to its limit',
      { maxRetries: 5, backoff: new Backoff({ minDelay: 10, maxDelay: 35 }) },
      10 + 20 + 35 * 3,
    ],
    ['no end', { maxRetries: Infinity }, Infinity],
    [
      'no end, and a delay that never grows',
      { maxRetries: Infinity, backoff: new Backoff({ minDelay: 5, maxDelay: 90, factor: 1 }) },
      Infinity,
    ],
  ])('include %s in that time', (_what, options, longestWait) => {
    expect(retrySettings(readRetryOptions(options))['longestWait']).toBe(longestWait);
  });
});
