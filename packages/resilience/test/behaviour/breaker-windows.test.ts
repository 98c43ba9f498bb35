import { describe, expect, it } from 'vitest';
import { CircuitBreakerPolicy, CircuitOpenError, rate, slow } from '@highway/resilience';
import type { CircuitBreakerOptions, Clock } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import { fail, hold, play, succeed } from '../support/calls.ts';

const overTenSeconds = rate(0.5, { over: '10s', minimumCalls: 5 });

function timed(options: CircuitBreakerOptions = {}): {
  breaker: CircuitBreakerPolicy;
  clock: ManualClock;
} {
  const clock = new ManualClock();
  const breaker = new CircuitBreakerPolicy({
    clock,
    cooldown: '1s',
    failureThreshold: overTenSeconds,
    successThreshold: '1/1',
    ...options,
  });
  return { breaker, clock };
}

describe('a window of time', () => {
  it('forgets on reading and on writing, however long it was idle (cockatiel writes late, failsafe-go reads late)', async () => {
    const { breaker, clock } = timed();
    await play(breaker, '0000');
    await clock.advance('1h');
    expect([...breaker.history]).toEqual([]);
    await play(breaker, '0000');
    await clock.advance('1h');
    await fail(breaker);
    expect(breaker.state).toBe('CLOSED');
    expect(breaker.history.length).toBe(1);
  });

  it('is not stretched if the event loop stalls (opossum rotates by a timer)', async () => {
    // Nothing runs while time jumps: no timer of the breaker could have.
    let now = 0;
    const clock: Clock = { now: () => now, setTimeout: () => 0, clearTimeout: () => undefined };
    const breaker = new CircuitBreakerPolicy({ clock, failureThreshold: overTenSeconds });
    await play(breaker, '0000');
    now = 60_000;
    await fail(breaker);
    expect(breaker.state).toBe('CLOSED');
  });

  it('treats a clock that steps back as one that stands still (resilience4j lost outcomes)', async () => {
    let now = 100_000;
    const clock: Clock = { now: () => now, setTimeout: () => 0, clearTimeout: () => undefined };
    const breaker = new CircuitBreakerPolicy({ clock, failureThreshold: overTenSeconds });
    await play(breaker, '0000');
    now -= 5_000;
    expect(breaker.history.length).toBe(4);
    await fail(breaker);
    expect(breaker.state).toBe('OPEN');
  });

  it('keeps no more for thousands of calls than for forty (opossum #827 #830, failsafe-go 0.6.3)', async () => {
    const { breaker, clock } = timed();
    for (let i = 0; i < 100; i++) {
      await play(breaker, '1'.repeat(20));
      await clock.advance(100);
    }
    const [window] = breaker.toJSON().windows;
    expect(window?.length).toBeLessThanOrEqual(40);
  });

  it.each([-3_600_000, 3_600_000])(
    'is not changed by a step of the wall clock of %d ms; nor is a wait (cockatiel, resilience4j)',
    async (step) => {
      const { breaker, clock } = timed();
      await play(breaker, '0000');
      clock.stepWall(step);
      expect(breaker.history.length).toBe(4);
      await fail(breaker);
      clock.stepWall(-step);
      expect(breaker.retryAfter).toBe(1_000);
      expect(await fail(breaker)).toBeInstanceOf(CircuitOpenError);
      await clock.advance('1s');
      await succeed(breaker);
      expect(breaker.state).toBe('CLOSED');
    },
  );

  it('measures slow calls by the given clock (resilience4j #734 #2239)', async () => {
    const { breaker, clock } = timed({
      failureThreshold: slow(1, { slowerThan: '2s', over: '1m', minimumCalls: 2 }),
    });
    for (let i = 0; i < 2; i++) {
      const call = hold(breaker);
      await clock.advance('3s');
      await call.succeed();
    }
    expect(breaker.state).toBe('OPEN');
  });
});

describe('a window of the last calls', () => {
  it('opens at the first failure if its size is 1 (resilience4j #2334)', async () => {
    const breaker = new CircuitBreakerPolicy({ failureThreshold: '1/1' });
    await play(breaker, '111');
    expect([breaker.state, breaker.history.length]).toEqual(['CLOSED', 1]);
    await fail(breaker);
    expect(breaker.state).toBe('OPEN');
  });

  it('may hold more outcomes than a function can take arguments (opossum #827 #830)', async () => {
    const size = 200_000;
    const breaker = new CircuitBreakerPolicy({ failureThreshold: `1/${size}` });
    const permitted = breaker(() => 1);
    for (let i = 0; i < size; i += 10_000) {
      await Promise.all(Array.from({ length: 10_000 }, () => permitted()));
    }
    expect(breaker.history.length).toBe(size);
    expect(breaker.history.successRate).toBe(1);
    await fail(breaker);
    expect(breaker.state).toBe('OPEN');
  });
});

describe('the history of a breaker', () => {
  it('contains neither rejected nor running calls (opossum counts them)', async () => {
    const { breaker, clock } = timed();
    for (let i = 0; i < 20; i++) hold(breaker);
    await play(breaker, '00000');
    expect(breaker.state).toBe('OPEN');
    for (let i = 0; i < 30; i++) await fail(breaker);
    expect(breaker.history.length).toBe(5);
    await clock.advance('1s');
    await succeed(breaker);
    await play(breaker, '00000');
    expect(breaker.state).toBe('OPEN');
  });
});

describe('two breakers with the same options', () => {
  it('share no state, and do not change the configuration (opossum writes into it)', async () => {
    const options = Object.freeze({ failureThreshold: overTenSeconds, clock: new ManualClock() });
    const [one, other] = [new CircuitBreakerPolicy(options), new CircuitBreakerPolicy(options)];
    await play(one, '00000');
    expect([one.state, other.state, other.history.length]).toEqual(['OPEN', 'CLOSED', 0]);
  });
});
