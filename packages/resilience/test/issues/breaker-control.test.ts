import { describe, expect, it } from 'vitest';
import {
  Backoff,
  CircuitBreakerPolicy,
  CircuitOpenError,
  consecutive,
  rate,
  RejectedError,
  slow,
} from '@highway/resilience';
import type { ThresholdLike } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import { collectReports } from '../support/host.ts';
import { fail, play, rejection, succeed } from '../support/calls.ts';

describe('manual control', () => {
  it('leaves no wait of an earlier opening behind (opossum #383, resilience4j #1039)', async () => {
    const clock = new ManualClock();
    const breaker = new CircuitBreakerPolicy({ clock, cooldown: '1s' });
    breaker.open();
    await clock.advance(500);
    breaker.close();
    expect(breaker.retryAfter).toBe(0);
    await clock.advance(100);
    breaker.open();
    await clock.advance(900);
    expect(await rejection(succeed(breaker))).toBeInstanceOf(CircuitOpenError);
    expect(breaker.retryAfter).toBe(100);
    expect(clock.pendingTimers).toBe(0);
  });

  it('is in exactly one state after each change (opossum #484)', () => {
    const breaker = new CircuitBreakerPolicy();
    const seen = (['open', 'halfOpen', 'close', 'disable', 'metricsOnly'] as const).map(
      (change) => {
        breaker[change]();
        return breaker.state;
      },
    );
    expect(seen).toEqual(['OPEN', 'HALF_OPEN', 'CLOSED', 'DISABLED', 'METRICS_ONLY']);
  });

  it('holds an isolated circuit open however long (resilience4j #991)', async () => {
    const clock = new ManualClock();
    const breaker = new CircuitBreakerPolicy({ clock, cooldown: '1s' });
    const held = breaker.isolate();
    await clock.advance({ days: 30 });
    expect(await rejection(succeed(breaker))).toMatchObject({ retryAfter: Infinity });
    held[Symbol.dispose]();
    await succeed(breaker);
    expect(breaker.state).toBe('CLOSED');
  });

  it('gives back the state from before an isolation, not a closed one (cockatiel closes)', () => {
    const breaker = new CircuitBreakerPolicy();
    breaker.open();
    const first = breaker.isolate();
    const second = breaker.isolate();
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    expect(breaker.state).toBe('ISOLATED');
    second[Symbol.dispose]();
    expect(breaker.state).toBe('OPEN');
  });
});

describe('waits that grow', () => {
  it('are used for the first opening and for those after it (Polly #1852 #1898)', async () => {
    const clock = new ManualClock();
    const cooldown = new Backoff({ minDelay: '1s', maxDelay: '1m' });
    const breaker = new CircuitBreakerPolicy({ clock, cooldown, successThreshold: '1/1' });
    breaker.open();
    const waits = [];
    for (let opening = 0; opening < 8; opening++) {
      waits.push(breaker.retryAfter / 1000);
      await clock.advance(breaker.retryAfter);
      await fail(breaker);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
  });

  it('never overflow to for ever or to nothing (Polly #1898)', async () => {
    const clock = new ManualClock();
    const cooldown = new Backoff({ minDelay: 1, maxDelay: '24h', factor: 1000 });
    const breaker = new CircuitBreakerPolicy({ clock, cooldown, successThreshold: '1/1' });
    breaker.open();
    for (let opening = 0; opening < 500; opening++) {
      await clock.advance(breaker.retryAfter);
      await fail(breaker);
    }
    expect(breaker.retryAfter).toBe(24 * 3_600_000);
  });
});

describe('a threshold', () => {
  it.each<[string, ThresholdLike, string, string]>([
    ['1/1', '1/1', '', '0'],
    ['2/4', '2/4', '110', '0'],
    ['three in a row', consecutive(3), '00', '0'],
    ['half of four in a time', rate(0.5, { over: '10s', minimumCalls: 4 }), '110', '0'],
    ['all of three in a time', rate(1, { over: '10s', minimumCalls: 3 }), '00', '0'],
    ['a third of three in a time', rate(1 / 3, { over: '10s', minimumCalls: 3 }), '11', '0'],
  ])(
    'of %s is met at exactly its value (resilience4j #6, opossum never at 100 %%)',
    async (_name, failureThreshold, before, last) => {
      const breaker = new CircuitBreakerPolicy({ clock: new ManualClock(), failureThreshold });
      await play(breaker, before);
      expect(breaker.state).toBe('CLOSED');
      await play(breaker, last);
      expect(breaker.state).toBe('OPEN');
    },
  );

  it('is not rounded (resilience4j #139, failsafe rounds)', async () => {
    const failureThreshold = rate(0.335, { over: '10s', minimumCalls: 1_000 });
    const breaker = new CircuitBreakerPolicy({ clock: new ManualClock(), failureThreshold });
    await play(breaker, '1'.repeat(666) + '0'.repeat(334));
    expect(breaker.state).toBe('CLOSED');
    await play(breaker, '00');
    expect(breaker.state).toBe('OPEN');
  });

  it('takes no rounding error of its ratio for one more call (resilience4j #139)', async () => {
    // 0.07 · 100 is a little more than 7 in floating point.
    const failureThreshold = rate(0.07, { over: '10s', minimumCalls: 100 });
    const breaker = new CircuitBreakerPolicy({ clock: new ManualClock(), failureThreshold });
    await play(breaker, '1'.repeat(93) + '0'.repeat(7));
    expect(breaker.state).toBe('OPEN');
  });
});

describe('an option of 0', () => {
  it('is taken as 0, not as the default (opossum #824 #825)', async () => {
    const clock = new ManualClock();
    const breaker = new CircuitBreakerPolicy({
      clock,
      cooldown: 0,
      rampUp: 0,
      failureThreshold: '1/1',
    });
    await fail(breaker);
    expect([breaker.state, breaker.retryAfter]).toEqual(['OPEN', 0]);
    await succeed(breaker);
    expect(breaker.state).toBe('CLOSED');
    expect(breaker.settings['cooldown']).toBe(0);
  });

  it('is rejected where it would switch protection off (opossum #824 #825)', () => {
    expect(() => new CircuitBreakerPolicy({ failureThreshold: '0/5' })).toThrow('failureThreshold');
    expect(() => new CircuitBreakerPolicy({ maxConcurrentTrials: 0 })).toThrow(
      'maxConcurrentTrials',
    );
    expect(() => slow(0, { slowerThan: '1s' })).toThrow('slow');
  });
});

describe('a rejection', () => {
  it('is an error of its own for each call, without a stack (Polly #1878)', async () => {
    const breaker = new CircuitBreakerPolicy({ name: 'payments' });
    breaker.open();
    const [first, second] = [await fail(breaker), await fail(breaker)] as [Error, Error];
    expect(first).not.toBe(second);
    expect(first.stack?.split('\n')).toHaveLength(1);
    expect(first).toBeInstanceOf(RejectedError);
    expect(Error.stackTraceLimit).toBeGreaterThan(0);
  });

  it('needs no failure to speak of (Polly 7.2.1)', async () => {
    const breaker = new CircuitBreakerPolicy();
    breaker.open();
    expect(await fail(breaker)).toMatchObject({ code: 'ERR_CIRCUIT_OPEN' });
  });

  it('is shown by nothing else, whatever a listener throws (failsafe swallows, cockatiel rethrows)', async () => {
    const breaker = new CircuitBreakerPolicy();
    const broken = new Error('listener');
    breaker.open();
    breaker.on('rejected', () => {
      throw broken;
    });
    const reports = await collectReports(async () => {
      expect(await fail(breaker)).toBeInstanceOf(CircuitOpenError);
    });
    expect(reports).toEqual([broken]);
  });
});
