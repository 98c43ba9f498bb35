import { describe, expect, it } from 'vitest';
import { Backoff, RetryPolicy } from '@highway/resilience';
import type { Clock, Jitter } from '@highway/resilience';
import { ManualClock, seededRandom } from '@highway/resilience/testing';
import { boom } from '../support/calls.ts';

const jitters: readonly Jitter[] = [0, 0.1, 0.5, 1, 'full', 'decorrelated'];

describe('a delay', () => {
  it.each(jitters)(
    'with jitter %s is a number between 0 and the cap after any number of attempts (cockatiel #86, Polly #2163 #2164 #1868)',
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

  it('is never negative, nor below its minimum, where jitter is as large as it may be (failsafe-java #115, resilience4j #2152)', () => {
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

  it('is capped after its jitter, and capped callers keep apart (cockatiel 0.1.1)', () => {
    const random = seededRandom(2);
    const backoff = new Backoff({ minDelay: 100, maxDelay: '1s', jitter: 0.5, random });
    const delays = Array.from({ length: 50 }, () => backoff.forAttempt(20));
    expect(Math.max(...delays)).toBeLessThanOrEqual(1_000);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(500);
    expect(new Set(delays).size).toBe(50);
  });

  it('begins at its minimum, neither with 0 nor doubled, and grows (cockatiel #30, failsafe-java #97, failsafe-go #23)', () => {
    const backoff = new Backoff({ minDelay: 100, maxDelay: '1m', factor: 3 });
    expect([1, 2, 3, 4].map((attempt) => backoff.forAttempt(attempt))).toEqual([
      100, 300, 900, 2700,
    ]);
  });

  it('covers its whole range and no more (failsafe-java #152 #216)', () => {
    const random = seededRandom(3);
    const backoff = new Backoff({ minDelay: 100, maxDelay: '1s', jitter: 0.2, random });
    const delays = Array.from({ length: 1_000 }, () => backoff.forAttempt(1));
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(80);
    expect(Math.min(...delays)).toBeLessThan(82);
    expect(Math.max(...delays)).toBeLessThanOrEqual(120);
    expect(Math.max(...delays)).toBeGreaterThan(118);
  });

  it.each([-1, Number.NaN, Infinity, '', 'soon', {}, null])(
    'of %s is rejected (cockatiel waits 1 ms, failsafe-java #215)',
    (delay) => {
      expect(() => Backoff.fixed(delay as number)).toThrow('delay');
      expect(() => new Backoff({ minDelay: delay as number, maxDelay: 1 })).toThrow('minDelay');
    },
  );
});

/** A clock whose timers hold 31 bits, as those of every host do: what is longer fires at once. */
class HostClock extends ManualClock {
  override setTimeout(fn: () => void, ms: number): unknown {
    return super.setTimeout(fn, ms > 2 ** 31 - 1 ? 1 : ms);
  }
}

describe('a wait', () => {
  it('may be longer than a timer can hold (cockatiel fires at once, failsafe-java #215)', async () => {
    const clock: ManualClock & Clock = new HostClock();
    let attempts = 0;
    const backoff = Backoff.fixed({ days: 60 });
    void new RetryPolicy({ clock, backoff, maxRetries: 1 })
      .execute(() => {
        attempts++;
        throw boom;
      })
      .catch(() => {});
    await clock.advance({ days: 59 });
    expect(attempts).toBe(1);
    await clock.advance({ days: 1 });
    expect(attempts).toBe(2);
    expect(clock.pendingTimers).toBe(0);
  });

  it('of 0 is none, and takes no timer (cockatiel #30)', async () => {
    const clock = new ManualClock();
    let attempts = 0;
    const retry = new RetryPolicy({ clock, backoff: Backoff.none, maxRetries: 5 });
    await retry.execute(() => {
      attempts++;
      if (attempts < 4) throw boom;
    });
    expect(attempts).toBe(4);
    expect(clock.now()).toBe(0);
  });
});
