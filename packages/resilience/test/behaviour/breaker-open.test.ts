import { describe, expect, it } from 'vitest';
import {
  Backoff,
  CircuitBreakerPolicy,
  CircuitOpenError,
  RejectedError,
} from '@highway/resilience';
import type { CircuitBreakerOptions } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import { fail, hold, play, rejection, succeed, thrown } from '../support/calls.ts';
import { collectReports } from '../support/host.ts';

function breakerOf(options: CircuitBreakerOptions) {
  const clock = new ManualClock();
  return { clock, breaker: new CircuitBreakerPolicy({ clock, ...options }) };
}

describe('an open breaker', () => {
  it('rejects calls without running them', async () => {
    const breaker = new CircuitBreakerPolicy({ failureThreshold: '1/1' });
    await play(breaker, '0');
    const call = hold(breaker);
    expect(await rejection(call.result)).toBeInstanceOf(CircuitOpenError);
    expect(call.ran).toBe(false);
  });

  it('puts its name and the time until trial calls into the error', async () => {
    const clock = new ManualClock();
    const breaker = new CircuitBreakerPolicy({ name: 'payments', clock, cooldown: '30s' });
    breaker.open();
    await clock.advance('10s');
    const error = await rejection(succeed(breaker));
    expect(error).toBeInstanceOf(RejectedError);
    expect(error).toMatchObject({
      name: 'CircuitOpenError',
      code: 'ERR_CIRCUIT_OPEN',
      policyName: 'payments',
      retryAfter: 20_000,
    });
    expect((error as Error).message).toContain('payments');
  });

  it('has no name in the error if it was given none', async () => {
    const breaker = new CircuitBreakerPolicy();
    breaker.open();
    const error = await rejection(succeed(breaker));
    expect((error as CircuitOpenError).policyName).toBeUndefined();
  });

  it('rejects wrapped and decorated functions with a promise', async () => {
    const breaker = new CircuitBreakerPolicy();
    breaker.open();
    const wrapped = breaker(() => 5);
    const result = wrapped();
    expect(result).toBeInstanceOf(Promise);
    expect(await rejection(result)).toBeInstanceOf(CircuitOpenError);
  });

  it('throws the reason of an aborted signal rather than its own error', async () => {
    const breaker = new CircuitBreakerPolicy();
    breaker.open();
    const signal = AbortSignal.abort('mine');
    expect(await rejection(breaker.execute(() => 1, { signal }))).toBe('mine');
  });

  it('waits 30 s by default', () => {
    const breaker = new CircuitBreakerPolicy({ clock: new ManualClock() });
    breaker.open();
    expect(breaker.retryAfter).toBe(30_000);
  });

  it('counts retryAfter down to 0, and never below', async () => {
    const clock = new ManualClock();
    const breaker = new CircuitBreakerPolicy({ clock, cooldown: 1000 });
    breaker.open();
    await clock.advance(400);
    expect(breaker.retryAfter).toBe(600);
    await clock.advance(599);
    expect(breaker.retryAfter).toBe(1);
    await clock.advance(1);
    expect(breaker.retryAfter).toBe(0);
    await clock.advance('1h');
    expect(breaker.retryAfter).toBe(0);
  });

  it('rejects until the very end of the cooldown, and makes the first call after that a trial call', async () => {
    const clock = new ManualClock();
    const breaker = new CircuitBreakerPolicy({ clock, cooldown: 1000, failureThreshold: '1/1' });
    await play(breaker, '0');
    await clock.advance(999);
    expect(await rejection(succeed(breaker))).toMatchObject({ retryAfter: 1 });
    await clock.advance(1);
    const call = hold(breaker);
    expect(call.ran).toBe(true);
    expect(breaker.state).toBe('HALF_OPEN');
    await call.succeed();
    expect(breaker.state).toBe('CLOSED');
  });

  it('stays open, holding no timer, until a call comes', async () => {
    const clock = new ManualClock();
    const breaker = new CircuitBreakerPolicy({ clock, cooldown: 1000 });
    breaker.open();
    expect(clock.pendingTimers).toBe(0);
    await clock.advance('1d');
    expect(breaker.state).toBe('OPEN');
  });

  it('stays open when a call comes whose signal is aborted already', async () => {
    const clock = new ManualClock();
    const breaker = new CircuitBreakerPolicy({ clock, cooldown: 1000 });
    breaker.open();
    await clock.advance(1000);
    await rejection(breaker.execute(() => 1, { signal: AbortSignal.abort() }));
    expect(breaker.state).toBe('OPEN');
  });

  it('neither counts rejections nor lengthens its cooldown for them', async () => {
    const clock = new ManualClock();
    const breaker = new CircuitBreakerPolicy({ clock, cooldown: 1000, failureThreshold: '2/2' });
    await play(breaker, '00');
    await clock.advance(500);
    await play(breaker, '0000000');
    expect([...breaker.history]).toEqual([false, false]);
    expect(breaker.retryAfter).toBe(500);
  });

  it('waits as long again after each failed trial call', async () => {
    const clock = new ManualClock();
    const breaker = new CircuitBreakerPolicy({ clock, cooldown: 1000, failureThreshold: '1/1' });
    await play(breaker, '0');
    for (let round = 0; round < 5; round++) {
      expect(breaker.retryAfter).toBe(1000);
      await clock.advance(1000);
      await play(breaker, '0');
      expect(breaker.state).toBe('OPEN');
    }
  });

  it('makes the next call a trial call if the cooldown is 0', async () => {
    const breaker = new CircuitBreakerPolicy({ cooldown: 0, failureThreshold: '1/1' });
    await play(breaker, '0');
    expect(breaker.state).toBe('OPEN');
    await succeed(breaker);
    expect(breaker.state).toBe('CLOSED');
  });

  it('rejects synchronous calls, too', () => {
    const breaker = new CircuitBreakerPolicy();
    breaker.open();
    expect(thrown(() => breaker.executeSync(() => 1))).toBeInstanceOf(CircuitOpenError);
  });

  it('takes a cooldown and a ramp-up of 0 as 0, not as the default (opossum #824 #825)', async () => {
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
});

describe('a breaker whose wall clock steps', () => {
  class SteppingClock extends ManualClock {
    readonly wallReads: number[] = [];
    override wallNow(): number {
      this.wallReads.push(super.wallNow());
      return super.wallNow();
    }
  }

  it.each(['1h', '-1h'])('keeps its cooldown through a step of %s', async (step) => {
    const clock = new SteppingClock({ wallStart: 1e12 });
    const breaker = new CircuitBreakerPolicy({ clock, cooldown: '30s' });
    breaker.open();
    clock.stepWall(step === '1h' ? 3_600_000 : -3_600_000);
    expect(breaker.retryAfter).toBe(30_000);
    expect(await rejection(succeed(breaker))).toMatchObject({ retryAfter: 30_000 });
    await clock.advance('30s');
    expect(await succeed(breaker)).toBe('fine');
  });

  it('keeps its trialTimeout', async () => {
    const clock = new ManualClock({ wallStart: 1e12 });
    const breaker = new CircuitBreakerPolicy({
      clock,
      failureThreshold: '1/1',
      trialTimeout: '5s',
    });
    breaker.halfOpen();
    hold(breaker);
    clock.stepWall(3_600_000);
    expect(await rejection(succeed(breaker))).toMatchObject({ retryAfter: 5_000 });
    await clock.advance('5s');
    expect(await succeed(breaker)).toBe('fine');
  });
});

describe('a cooldown that is a Backoff', () => {
  it('grows each time that the trial calls fail, up to its limit', async () => {
    const cooldown = new Backoff({ minDelay: '1s', maxDelay: '5s' });
    const { clock, breaker } = breakerOf({ cooldown, failureThreshold: '1/1' });
    const waits: number[] = [];
    for (let i = 0; i < 5; i++) {
      await fail(breaker);
      waits.push(breaker.retryAfter);
      await clock.advance(breaker.retryAfter);
    }
    expect(waits).toEqual([1000, 2000, 4000, 5000, 5000]);
  });

  it('starts at its minimum again after a recovery', async () => {
    const cooldown = new Backoff({ minDelay: '1s', maxDelay: '1m' });
    const { clock, breaker } = breakerOf({ cooldown, failureThreshold: '1/1' });
    await fail(breaker);
    await clock.advance('1s');
    await fail(breaker);
    expect(breaker.retryAfter).toBe(2000);
    await clock.advance('2s');
    await succeed(breaker);
    await fail(breaker);
    expect(breaker.retryAfter).toBe(1000);
  });

  it('goes on growing after a restore from a snapshot', async () => {
    const cooldown = new Backoff({ minDelay: '1s', maxDelay: '1m' });
    const { clock, breaker } = breakerOf({ cooldown, failureThreshold: '1/1' });
    await fail(breaker);
    await clock.advance('1s');
    await fail(breaker);
    const initialState = breaker.toJSON();
    const next = new CircuitBreakerPolicy({
      clock,
      cooldown,
      failureThreshold: '1/1',
      initialState,
    });
    await clock.advance('2s');
    await fail(next);
    expect(next.retryAfter).toBe(4000);
  });

  it('grows from the first opening on, even if that was manual (Polly #1852 #1898)', async () => {
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

  it('stays at its limit after hundreds of openings (Polly #1898)', async () => {
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

describe('the rejection by an open breaker', () => {
  it('is a new error for each call (Polly #1878)', async () => {
    const breaker = new CircuitBreakerPolicy({ name: 'payments' });
    breaker.open();
    const [first, second] = [await fail(breaker), await fail(breaker)];
    expect(first).not.toBe(second);
    expect(first).toBeInstanceOf(RejectedError);
  });

  it('needs no failure (Polly 7.2.1)', async () => {
    const breaker = new CircuitBreakerPolicy();
    breaker.open();
    expect(await fail(breaker)).toMatchObject({ code: 'ERR_CIRCUIT_OPEN' });
  });

  it('reaches the caller even if a listener throws (failsafe swallows, cockatiel rethrows)', async () => {
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
