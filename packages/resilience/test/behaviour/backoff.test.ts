import { describe, expect, it } from 'vitest';
import { Backoff } from '@highway/resilience';
import type { BackoffOptions, Jitter } from '@highway/resilience';
import { seededRandom } from '@highway/resilience/testing';
import { thrown } from '../support/calls.ts';

const jitters: readonly Jitter[] = [0, 0.1, 0.5, 1, 'full', 'decorrelated'];

const almostOne = 1 - 2 ** -53;

function delays(options: BackoffOptions, attempts: number): number[] {
  const backoff = new Backoff(options);
  return Array.from({ length: attempts }, (_, i) => backoff.forAttempt(i + 1));
}

describe('a backoff', () => {
  it('doubles from minDelay to maxDelay by default', () => {
    const options = { minDelay: 100, maxDelay: 1000 };
    expect(delays(options, 7)).toEqual([100, 200, 400, 800, 1000, 1000, 1000]);
  });

  it('multiplies by its factor', () => {
    expect(delays({ minDelay: 1, maxDelay: '1h', factor: 10 }, 4)).toEqual([1, 10, 100, 1000]);
    expect(delays({ minDelay: 10, maxDelay: '1h', factor: 1.5 }, 3)).toEqual([10, 15, 22.5]);
    expect(delays({ minDelay: 10, maxDelay: '1h', factor: 1 }, 3)).toEqual([10, 10, 10]);
  });

  it('takes every form of duration', () => {
    expect(delays({ minDelay: '1s', maxDelay: { minutes: 1 } }, 2)).toEqual([1000, 2000]);
  });

  it.each([
    [0, 50, 100, 200],
    [0.5, 100, 200, 400],
    [almostOne, 150, 300, 600],
  ])('spreads delays by ± jitter: at a random number of %d', (chance, first, second, third) => {
    const options = { minDelay: 100, maxDelay: '1h', jitter: 0.5, random: () => chance };
    const found = delays(options, 3);
    [first, second, third].forEach((delay, i) => {
      expect(found[i]).toBeCloseTo(delay, 6);
    });
  });

  it('spreads a capped delay only below the cap, down to its lowest value', () => {
    const options = { minDelay: 100, maxDelay: 1000, jitter: 0.2 };
    expect(new Backoff({ ...options, random: () => 0 }).forAttempt(9)).toBe(800);
    expect(new Backoff({ ...options, random: () => 0.5 }).forAttempt(9)).toBe(900);
    expect(new Backoff({ ...options, random: () => almostOne }).forAttempt(9)).toBeCloseTo(1000, 6);
  });

  it('never lets jitter lift a delay above the cap', () => {
    const random = () => almostOne;
    const backoff = new Backoff({ minDelay: 100, maxDelay: 450, jitter: 0.5, random });
    for (let attempt = 1; attempt < 50; attempt++) {
      expect(backoff.forAttempt(attempt)).toBeLessThanOrEqual(450);
    }
    expect(backoff.forAttempt(3)).toBeCloseTo(450, 6);
  });

  it('caps delays after their jitter, and keeps capped callers apart (cockatiel 0.1.1)', () => {
    const random = seededRandom(7);
    const backoff = new Backoff({ minDelay: 100, maxDelay: 1000, jitter: 0.5, random });
    const capped = Array.from({ length: 200 }, () => backoff.forAttempt(20));
    expect(new Set(capped).size).toBeGreaterThan(190);
    expect(Math.min(...capped)).toBeLessThan(550);
    expect(Math.max(...capped)).toBeGreaterThan(950);
    for (const delay of capped) expect(delay >= 500 && delay <= 1000).toBe(true);
  });

  it('goes down to 0 with jitter 1, and never below', () => {
    const options = { minDelay: 100, maxDelay: 1000, jitter: 1 };
    expect(new Backoff({ ...options, random: () => 0 }).forAttempt(1)).toBe(0);
    expect(new Backoff({ ...options, random: () => almostOne }).forAttempt(1)).toBeCloseTo(200, 6);
  });

  it('draws no random number without jitter', () => {
    let drawn = 0;
    delays({ minDelay: 1, maxDelay: 2, random: () => drawn++ }, 5);
    expect(drawn).toBe(0);
  });

  it('uses the system’s random source by default', () => {
    const backoff = new Backoff({ minDelay: 100, maxDelay: 100, jitter: 0.5 });
    for (let i = 0; i < 100; i++) {
      const delay = backoff.forAttempt(1);
      expect(delay >= 50 && delay <= 100).toBe(true);
    }
  });

  it.each<[string, BackoffOptions]>([
    ['growing', { minDelay: 1, maxDelay: '30d' }],
    ['growing with jitter', { minDelay: 1, maxDelay: '30d', jitter: 1 }],
    ['from nothing', { minDelay: 0, maxDelay: 1000, jitter: 0.5 }],
    ['always nothing', { minDelay: 0, maxDelay: 0 }],
    ['constant', { minDelay: 500, maxDelay: 1000, factor: 1 }],
    ['steep', { minDelay: 500, maxDelay: 1000, factor: 1e300 }],
  ])('gives a delay within its bounds for any attempt: %s', (_name, options) => {
    const backoff = new Backoff(options);
    for (const attempt of [1, 2, 64, 1023, 1024, 1e6, 2 ** 53, 1e300, Number.MAX_VALUE, Infinity]) {
      const delay = backoff.forAttempt(attempt);
      expect(delay >= 0 && delay <= backoff.maxDelay).toBe(true);
    }
  });

  it.each([0, -1, 0.99, Number.NaN, -Infinity])('throws for attempt %d', (attempt) => {
    const backoff = new Backoff({ minDelay: 1, maxDelay: 2 });
    expect(() => backoff.forAttempt(attempt)).toThrow(RangeError);
    expect(() => backoff.forAttempt(attempt)).toThrow('attempt');
  });

  it.each([-0.1, 1.1, Number.NaN, Infinity, -1])('throws for jitter %d', (jitter) => {
    const make = (): unknown => new Backoff({ minDelay: 1, maxDelay: 2, jitter });
    expect(make).toThrow(RangeError);
    expect(make).toThrow('jitter');
    expect(make).toThrow(String(jitter));
  });

  it('allows jitter 0 and 1', () => {
    for (const jitter of [0, 1]) {
      expect(new Backoff({ minDelay: 1, maxDelay: 2, jitter }).jitter).toBe(jitter);
    }
  });

  it.each<[string, object]>([
    ['minDelay', { maxDelay: 5 }],
    ['maxDelay', { minDelay: 5 }],
    ['maxDelay', { minDelay: 10, maxDelay: 5 }],
    ['factor', { minDelay: 1, maxDelay: 5, factor: Number.NaN }],
    ['factor', { minDelay: 1, maxDelay: 5, factor: -2 }],
    ['factor', { minDelay: 1, maxDelay: 5, factor: 'two' }],
    ['jitter', { minDelay: 1, maxDelay: 5, jitter: 'much' }],
    ['random', { minDelay: 1, maxDelay: 5, random: 0.5 }],
    ['maxDelays', { minDelay: 1, maxDelay: 5, maxDelays: 6 }],
  ])('names the option %s if it is invalid: %j', (option, options) => {
    const error = thrown(() => new Backoff(options as BackoffOptions));
    expect(error instanceof TypeError || error instanceof RangeError).toBe(true);
    expect((error as Error).message).toContain(option);
  });

  it.each(jitters)(
    'with jitter %s gives a delay between 0 and the cap after any number of attempts (cockatiel #86, Polly #2163 #2164 #1868)',
    (jitter) => {
      const random = seededRandom(1);
      const backoff = new Backoff({ minDelay: 100, maxDelay: '30s', jitter, random });
      let previous: number | undefined;
      for (const attempt of [
        ...Array(2_000).keys(),
        1e6,
        1e12,
        Number.MAX_SAFE_INTEGER,
        Infinity,
      ]) {
        previous = backoff.forAttempt(attempt + 1, previous);
        expect(previous).toBeGreaterThanOrEqual(0);
        expect(previous).toBeLessThanOrEqual(30_000);
      }
    },
  );

  it('gives no delay below 0, nor below minDelay if it is decorrelated, whatever is drawn (failsafe-java #115, resilience4j #2152)', () => {
    for (const random of [() => 0, () => 0.5, () => 1 - 2 ** -53]) {
      const spread = new Backoff({ minDelay: 100, maxDelay: '1s', jitter: 1, random });
      expect(spread.forAttempt(1)).toBeGreaterThanOrEqual(0);
      const decorrelated = new Backoff({
        minDelay: 100,
        maxDelay: '1s',
        jitter: 'decorrelated',
        random,
      });
      expect(decorrelated.forAttempt(5, 300)).toBeGreaterThanOrEqual(100);
    }
    expect(() => new Backoff({ minDelay: 1, maxDelay: 1, jitter: 1.1 })).toThrow('jitter');
  });

  it('starts at minDelay, neither at 0 nor doubled, and grows from there (cockatiel #30, failsafe-java #97, failsafe-go #23)', () => {
    const backoff = new Backoff({ minDelay: 100, maxDelay: '1m', factor: 3 });
    expect([1, 2, 3, 4].map((attempt) => backoff.forAttempt(attempt))).toEqual([
      100, 300, 900, 2700,
    ]);
  });

  it('spreads delays over the whole range of its jitter and no further (failsafe-java #152 #216)', () => {
    const random = seededRandom(3);
    const backoff = new Backoff({ minDelay: 100, maxDelay: '1s', jitter: 0.2, random });
    const delays = Array.from({ length: 1_000 }, () => backoff.forAttempt(1));
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(80);
    expect(Math.min(...delays)).toBeLessThan(82);
    expect(Math.max(...delays)).toBeLessThanOrEqual(120);
    expect(Math.max(...delays)).toBeGreaterThan(118);
  });

  it.each([-1, Number.NaN, Infinity, '', 'soon', {}, null])(
    'throws if a delay is %s (cockatiel waits 1 ms, failsafe-java #215)',
    (delay) => {
      expect(() => Backoff.fixed(delay as number)).toThrow('delay');
      expect(() => new Backoff({ minDelay: delay as number, maxDelay: 1 })).toThrow('minDelay');
    },
  );
});

describe('Backoff.fixed', () => {
  it('returns the same delay each time', () => {
    const backoff = Backoff.fixed('2s');
    expect([1, 2, 100, Infinity].map((attempt) => backoff.forAttempt(attempt))).toEqual([
      2000, 2000, 2000, 2000,
    ]);
  });

  it('takes every form of duration', () => {
    expect(Backoff.fixed(0).forAttempt(1)).toBe(0);
    expect(Backoff.fixed({ milliseconds: 5 }).forAttempt(1)).toBe(5);
  });
});

describe('Backoff.none', () => {
  it('does not wait at all', () => {
    expect([1, 2, 1e9].map((attempt) => Backoff.none.forAttempt(attempt))).toEqual([0, 0, 0]);
  });
});
