import { describe, expect, it } from 'vitest';
import { Backoff } from './backoff.ts';
import type { BackoffOptions } from './backoff.ts';

const almostOne = 1 - 2 ** -53;

/** The delays after the first attempts, given what the random source returns each time. */
function delays(options: Partial<BackoffOptions>, drawn = 0, attempts = 4): number[] {
  const backoff = new Backoff({ minDelay: 100, maxDelay: 1000, random: () => drawn, ...options });
  return Array.from({ length: attempts }, (_, i) => backoff.forAttempt(i + 1));
}

describe('a backoff', () => {
  it('doubles up to its limit by default', () => {
    expect(delays({}, 0.3, 6)).toEqual([100, 200, 400, 800, 1000, 1000]);
  });

  it('grows by its factor', () => {
    expect(delays({ factor: 1 })).toEqual([100, 100, 100, 100]);
    expect(delays({ factor: 1.5 })).toEqual([100, 150, 225, 337.5]);
  });

  it('draws no random number without jitter', () => {
    const random = (): never => {
      throw new Error('asked');
    };
    const backoff = new Backoff({ minDelay: 100, maxDelay: 1000, random });
    expect(backoff.forAttempt(2)).toBe(200);
    expect(backoff.delayAtLeast(500, 2)).toBe(500);
  });

  it('spreads delays by a share to both sides, and a capped delay only below the cap', () => {
    expect(delays({ jitter: 0.5 }, 0)).toEqual([50, 100, 200, 400]);
    expect(delays({ jitter: 0.5 }, 0.5)).toEqual([100, 200, 400, 700]);
    expect(delays({ jitter: 0.5, maxDelay: 300 }, 0)).toEqual([50, 100, 150, 150]);
    expect(delays({ jitter: 0.5, maxDelay: 300 }, 0.5)).toEqual([100, 200, 225, 225]);
    expect(delays({ jitter: 1 }, 0)).toEqual([0, 0, 0, 0]);
  });

  it('spreads delays between 0 and the full delay with full jitter', () => {
    expect(delays({ jitter: 'full' }, 0)).toEqual([0, 0, 0, 0]);
    expect(delays({ jitter: 'full' }, 0.5)).toEqual([50, 100, 200, 400]);
  });

  it('depends on the previous wait with decorrelated jitter', () => {
    const jitter = 'decorrelated';
    const at = (drawn: number, previous?: number): number =>
      new Backoff({ minDelay: 100, maxDelay: 1000, jitter, random: () => drawn }).forAttempt(
        9,
        previous,
      );
    expect(at(0)).toBe(100);
    expect(at(0.5)).toBe(200);
    expect(at(0.5, 200)).toBe(350);
    expect(at(0.5, 900)).toBe(550);
    expect(at(0, 900)).toBe(100);
  });

  it.each([1e6, 1e300, Number.MAX_VALUE, Infinity])(
    'stays at its limit after %d attempts',
    (attempt) => {
      for (const factor of [2, 1e300, Number.MAX_VALUE]) {
        expect(new Backoff({ minDelay: 1, maxDelay: 60_000, factor }).forAttempt(attempt)).toBe(
          60_000,
        );
        expect(new Backoff({ minDelay: 0, maxDelay: 60_000, factor }).forAttempt(attempt)).toBe(0);
      }
      expect(new Backoff({ minDelay: 5, maxDelay: 9, factor: 1 }).forAttempt(attempt)).toBe(5);
    },
  );

  it('can be fixed, or none at all', () => {
    const fixed = Backoff.fixed('2s');
    expect([1, 2, 1e9].map((attempt) => fixed.forAttempt(attempt))).toEqual([2000, 2000, 2000]);
    expect(Backoff.none.forAttempt(1)).toBe(0);
    expect(Backoff.none.forAttempt(1e6)).toBe(0);
    expect(() => Backoff.fixed(-1)).toThrow(/^delay: -1/);
  });

  it.each([0, -1, 0.999, Number.NaN, -Infinity])('rejects attempt %d', (attempt) => {
    expect(() => Backoff.none.forAttempt(attempt)).toThrow(RangeError);
    expect(() => Backoff.none.forAttempt(attempt)).toThrow(/^attempt: /);
  });

  it("uses the system's random source by default", () => {
    const backoff = new Backoff({ minDelay: 100, maxDelay: 100, jitter: 0.5 });
    const drawn = Array.from({ length: 50 }, () => backoff.forAttempt(1));
    expect(new Set(drawn).size).toBeGreaterThan(1);
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(50);
  });

  it('shows its options as plain data', () => {
    const backoff = new Backoff({ minDelay: '1s', maxDelay: '1m', factor: 3, jitter: 'full' });
    expect(backoff.toJSON()).toEqual({
      minDelay: 1000,
      maxDelay: 60_000,
      factor: 3,
      jitter: 'full',
    });
  });

  it.each<[string, Record<string, unknown>]>([
    ['minDelay', { minDelay: -1 }],
    ['minDelay', { minDelay: undefined }],
    ['maxDelay', { maxDelay: Infinity }],
    ['maxDelay', { minDelay: 10, maxDelay: 9 }],
    ['factor', { factor: 0.5 }],
    ['factor', { factor: Infinity }],
    ['factor', { factor: '2' }],
    ['jitter', { jitter: -0.1 }],
    ['jitter', { jitter: 1.1 }],
    ['jitter', { jitter: Number.NaN }],
    ['jitter', { jitter: 'some' }],
    ['jitter', { jitter: null }],
    ['random', { random: 0.5 }],
  ])('rejects an invalid %s: %o', (option, bad) => {
    const options = { minDelay: 1, maxDelay: 2, ...bad } as unknown as BackoffOptions;
    expect(() => new Backoff(options)).toThrow(
      expect.objectContaining({ message: expect.stringContaining(`${option}: `) as string }),
    );
  });
});

describe('a backoff above a minimum wait', () => {
  const of = (jitter: BackoffOptions['jitter'], drawn: number): Backoff =>
    new Backoff({ minDelay: 100, maxDelay: 1000, jitter: jitter ?? 0, random: () => drawn });

  it('is the delay if that is long enough', () => {
    expect(of(0, 0).delayAtLeast(100, 1)).toBe(100);
    expect(of(0.5, 0.5).delayAtLeast(60, 1)).toBe(100);
    expect(of(0.5, 0.5).delayAtLeast(100, 1)).toBe(100);
  });

  it('is exactly the minimum without jitter', () => {
    expect(of(0, almostOne).delayAtLeast(101, 1)).toBe(101);
  });

  it('adds to the minimum as much as the delay would have been spread', () => {
    expect(of(0.5, 0).delayAtLeast(500, 1)).toBe(500);
    // The delay would be 100, so half of that may be added; of that half comes.
    expect(of(0.5, 0.5).delayAtLeast(500, 1)).toBe(525);
    expect(of('full', 0.5).delayAtLeast(500, 1)).toBe(525);
  });

  it('passes the previous wait on', () => {
    expect(of('decorrelated', 0.5).delayAtLeast(0, 2, 200)).toBe(350);
  });
});
