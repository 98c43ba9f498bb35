import { describe, expect, it } from 'vitest';
import {
  CircuitBreakerPolicy,
  consecutive,
  Failsafe,
  rate,
  slow,
  TimeoutPolicy,
} from '@highway/resilience';
import { supervisionOf } from '@highway/resilience/supervision';
import type { CircuitBreakerOptions, FractionLike, ThresholdLike } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import { fail, hold, play, rejection, succeed, thrown } from '../support/calls.ts';

function breakerOf(options: CircuitBreakerOptions) {
  const clock = new ManualClock();
  return { clock, breaker: new CircuitBreakerPolicy({ clock, ...options }) };
}

/** A call that succeeds after so many milliseconds. */
async function take(breaker: CircuitBreakerPolicy, clock: ManualClock, ms: number): Promise<void> {
  const call = hold(breaker);
  await clock.advance(ms);
  await call.succeed();
}

describe('a threshold of consecutive failures', () => {
  it('opens at the last of them, and a success restarts the count', async () => {
    const { breaker } = breakerOf({ failureThreshold: consecutive(3) });
    await play(breaker, '001001');
    expect(breaker.state).toBe('CLOSED');
    await play(breaker, '00');
    expect(breaker.state).toBe('CLOSED');
    await fail(breaker);
    expect(breaker.state).toBe('OPEN');
  });

  it('needs as many trial calls, all of which must fail to open the circuit again', async () => {
    const { breaker } = breakerOf({ failureThreshold: consecutive(2), maxConcurrentTrials: 5 });
    breaker.halfOpen();
    const calls = [hold(breaker), hold(breaker), hold(breaker)];
    expect(calls.map((call) => call.ran)).toEqual([true, true, false]);
    await calls[0]!.fail();
    expect(breaker.state).toBe('HALF_OPEN');
    await calls[1]!.fail();
    expect(breaker.state).toBe('OPEN');
    breaker.halfOpen();
    await succeed(breaker);
    expect(breaker.state).toBe('CLOSED');
  });

  it('throws for invalid counts, and the error names it', () => {
    for (const bad of [0, -1, 1.5, Number.NaN, Infinity, '3' as never]) {
      expect((thrown(() => consecutive(bad)) as Error).message).toContain('consecutive');
    }
  });
});

describe('a threshold of a rate', () => {
  const half = rate(0.5, { over: '10s', minimumCalls: 4 });

  it('opens when the rate of failures is met, at exactly minimumCalls (failsafe-go #139)', async () => {
    const { breaker } = breakerOf({ failureThreshold: half });
    await play(breaker, '000');
    expect(breaker.state).toBe('CLOSED');
    await fail(breaker);
    expect(breaker.state).toBe('OPEN');
  });

  it('opens neither below the rate nor at a success', async () => {
    const { breaker } = breakerOf({ failureThreshold: half });
    await play(breaker, '1110011');
    expect(breaker.state).toBe('CLOSED');
    expect(breaker.history.failureRate).toBeCloseTo(2 / 7);
    await play(breaker, '0');
    expect(breaker.state).toBe('CLOSED');
    await play(breaker, '00');
    expect(breaker.state).toBe('OPEN');
  });

  it('forgets by elapsed time, even when it is only read', async () => {
    const { clock, breaker } = breakerOf({ failureThreshold: half });
    await play(breaker, '000');
    expect(breaker.history.length).toBe(3);
    await clock.advance('9s');
    expect(breaker.history.length).toBe(3);
    await clock.advance('1s');
    expect([breaker.history.length, breaker.history.failureRate]).toEqual([0, 0]);
    await fail(breaker);
    expect([breaker.state, breaker.history.length]).toEqual(['CLOSED', 1]);
  });

  it('has forgotten everything after a long pause', async () => {
    const { clock, breaker } = breakerOf({ failureThreshold: half });
    await play(breaker, '111111');
    await clock.advance({ days: 30 });
    await play(breaker, '000');
    expect(breaker.state).toBe('CLOSED');
    await fail(breaker);
    expect(breaker.state).toBe('OPEN');
  });

  it('keeps the window that opened the circuit while it is open', async () => {
    const { breaker } = breakerOf({ failureThreshold: half });
    await play(breaker, '10000');
    expect([breaker.history.length, breaker.history.failureCount]).toEqual([4, 3]);
  });

  it('needs minimumCalls trial calls, and their rate of failures to open the circuit again', async () => {
    const { breaker } = breakerOf({
      failureThreshold: rate(0.5, { over: '10s', minimumCalls: 5 }),
      maxConcurrentTrials: 9,
    });
    breaker.halfOpen();
    const calls = Array.from({ length: 6 }, () => hold(breaker));
    expect(calls.filter((call) => call.ran)).toHaveLength(5);
    // Three of five are the least share that is at least a half.
    await calls[0]!.fail();
    await calls[1]!.fail();
    await calls[2]!.succeed();
    await calls[3]!.succeed();
    expect(breaker.state).toBe('HALF_OPEN');
    await calls[4]!.fail();
    expect(breaker.state).toBe('OPEN');
  });

  it('may be 1 with one call', async () => {
    const { breaker } = breakerOf({ failureThreshold: rate(1, { over: '1s', minimumCalls: 1 }) });
    await fail(breaker);
    expect(breaker.state).toBe('OPEN');
  });

  it('throws for invalid options, and the error names them', () => {
    const good = { over: '1s', minimumCalls: 1 };
    const bad: [string, () => unknown][] = [
      ['rate', () => rate(0, good)],
      ['rate', () => rate(1.1, good)],
      ['over', () => rate(0.5, { ...good, over: 0 })],
      ['over', () => rate(0.5, { ...good, over: 'soon' })],
      ['minimumCalls', () => rate(0.5, { ...good, minimumCalls: 0 })],
      ['minimum', () => rate(0.5, { ...good, minimum: 1 } as never)],
    ];
    for (const [name, make] of bad) expect((thrown(make) as Error).message).toContain(name);
  });
});

describe('a threshold of slow calls', () => {
  const sluggish = slow(0.5, { slowerThan: 100, over: '1m', minimumCalls: 2 });

  it('opens when the rate of slow calls is met, even if they succeed', async () => {
    const { clock, breaker } = breakerOf({ failureThreshold: sluggish });
    await take(breaker, clock, 100);
    await take(breaker, clock, 101);
    expect(breaker.state).toBe('OPEN');
  });

  it('ignores fast failures', async () => {
    const { breaker } = breakerOf({ failureThreshold: sluggish });
    await play(breaker, '000000');
    expect(breaker.state).toBe('CLOSED');
  });

  it('counts a slow trial call as a failure', async () => {
    const { clock, breaker } = breakerOf({ failureThreshold: sluggish, trialTimeout: '10s' });
    breaker.halfOpen();
    await take(breaker, clock, 101);
    expect(breaker.state).toBe('OPEN');
    breaker.halfOpen();
    await take(breaker, clock, 100);
    await take(breaker, clock, 100);
    expect(breaker.state).toBe('CLOSED');
  });

  it('counts a slow call that a timeout ended', async () => {
    const { clock, breaker } = breakerOf({ failureThreshold: sluggish });
    const timeout = new TimeoutPolicy({ clock, timeout: 150 });
    const failsafe = new Failsafe({ policies: [timeout, breaker] });
    const calls = [hold(failsafe), hold(failsafe)];
    await clock.advance(150);
    expect(breaker.state).toBe('OPEN');
    for (const call of calls) await rejection(call.result);
  });

  it('does not count a call that a timeout ended before it was slow', async () => {
    for (const timeoutMs of [50, 150]) {
      const { breaker, clock } = breakerOf({
        failureThreshold: slow(1, { slowerThan: 100, over: '10s', minimumCalls: 4 }),
      });
      const timeout = new TimeoutPolicy({ clock, timeout: timeoutMs });
      for (const policies of [
        [breaker, timeout],
        [timeout, breaker],
      ] as const) {
        const calls = [1, 2].map(() => hold(new Failsafe({ policies })));
        await clock.advance(timeoutMs);
        await Promise.all(calls.map((call) => rejection(call.result)));
      }
      expect([breaker.history.length, breaker.state]).toEqual(
        timeoutMs === 150 ? [4, 'OPEN'] : [0, 'CLOSED'],
      );
    }
  });

  it('depends on how long calls take, not on when they came', async () => {
    const { clock, breaker } = breakerOf({
      failureThreshold: slow(0.5, { slowerThan: '1s', minimumCalls: 2 }),
    });
    await clock.advance('1h');
    await play(breaker, '111');
    expect(breaker.state).toBe('CLOSED');
  });

  it('has a default window', () => {
    const { breaker } = breakerOf({ failureThreshold: slow(0.5, { slowerThan: '1s' }) });
    expect(breaker.settings['failureThreshold']).toEqual([
      { type: 'slow', ratio: 0.5, over: 10_000, minimumCalls: 10, slowerThan: 1000 },
    ]);
  });
});

describe('several thresholds', () => {
  const both = (): CircuitBreakerOptions => ({
    failureThreshold: [consecutive(3), rate(0.5, { over: '10s', minimumCalls: 6 }), '9/9'],
  });

  it('open the circuit when the first of them is met, whichever that is', async () => {
    const inRow = breakerOf(both()).breaker;
    await play(inRow, '1000');
    expect(inRow.state).toBe('OPEN');
    const share = breakerOf(both()).breaker;
    await play(share, '101010');
    expect(share.state).toBe('OPEN');
  });

  it('each have a window, and the history is that of the first', async () => {
    const { breaker } = breakerOf(both());
    await play(breaker, '11110');
    expect([...breaker.history]).toEqual([true, true, false]);
  });

  it('each count successes, too', async () => {
    const { breaker } = breakerOf(both());
    await play(breaker, '1111110');
    expect([breaker.state, supervisionOf(breaker).totals]).toEqual([
      'CLOSED',
      { successes: 6, failures: 1 },
    ]);
  });

  it('let the first one judge trial calls', async () => {
    const { breaker } = breakerOf(both());
    breaker.halfOpen();
    await play(breaker, '00');
    expect(breaker.state).toBe('HALF_OPEN');
    await fail(breaker);
    expect(breaker.state).toBe('OPEN');
  });

  it('must be at least one, and each must be valid', () => {
    const text: unknown = 'half';
    const half = text as FractionLike;
    expect(() => breakerOf({ failureThreshold: [] })).toThrow('failureThreshold');
    expect(() => breakerOf({ failureThreshold: ['1/2', half] })).toThrow('failureThreshold[1]');
  });
});

describe('a threshold', () => {
  it.each<[string, ThresholdLike, string, string]>([
    ['1/1', '1/1', '', '0'],
    ['2/4', '2/4', '110', '0'],
    ['three in a row', consecutive(3), '00', '0'],
    ['half of four in a period', rate(0.5, { over: '10s', minimumCalls: 4 }), '110', '0'],
    ['all of three in a period', rate(1, { over: '10s', minimumCalls: 3 }), '00', '0'],
    ['a third of three in a period', rate(1 / 3, { over: '10s', minimumCalls: 3 }), '11', '0'],
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

  it('is met by exactly its share of calls, even if the ratio has a rounding error (resilience4j #139)', async () => {
    // 0.07 · 100 is a little more than 7 in floating point.
    const failureThreshold = rate(0.07, { over: '10s', minimumCalls: 100 });
    const breaker = new CircuitBreakerPolicy({ clock: new ManualClock(), failureThreshold });
    await play(breaker, '1'.repeat(93) + '0'.repeat(7));
    expect(breaker.state).toBe('OPEN');
  });
});
