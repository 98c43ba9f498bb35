import { describe, expect, it } from 'vitest';
import { CircuitBreakerPolicy, CircuitOpenError } from '@highway/resilience';
import type { CircuitBreakerOptions } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import { boom, fail, hold, rejection, succeed } from '../support/calls.ts';

function halfOpen(options: CircuitBreakerOptions): CircuitBreakerPolicy {
  const breaker = new CircuitBreakerPolicy({ failureThreshold: '1/1', ...options });
  breaker.halfOpen();
  return breaker;
}

describe('a trial call that its caller cancels', () => {
  it('frees its slot at the abort, not when its function ends (resilience4j #682)', async () => {
    const breaker = halfOpen({});
    const caller = new AbortController();
    const cancelled = hold(breaker, { signal: caller.signal });
    expect(hold(breaker).ran).toBe(false);
    caller.abort(boom);
    expect(breaker.state).toBe('HALF_OPEN');
    const next = hold(breaker);
    expect(next.ran).toBe(true);
    await cancelled.fail(boom);
    expect(breaker.state).toBe('HALF_OPEN');
    expect(breaker.history.length).toBe(0);
    await next.succeed();
    expect(breaker.state).toBe('CLOSED');
  });

  it('is no outcome even if its function succeeds', async () => {
    const breaker = halfOpen({ failureThreshold: '2/2' });
    const caller = new AbortController();
    const cancelled = hold(breaker, { signal: caller.signal });
    caller.abort();
    await cancelled.succeed();
    expect(breaker.history.length).toBe(0);
    expect(breaker.state).toBe('HALF_OPEN');
  });

  it('frees only one slot, however its function ends', async () => {
    const breaker = halfOpen({ failureThreshold: '2/2' });
    const caller = new AbortController();
    const cancelled = hold(breaker, { signal: caller.signal });
    hold(breaker);
    caller.abort();
    await cancelled.fail();
    expect([hold(breaker).ran, hold(breaker).ran]).toEqual([true, false]);
  });

  it('takes no slot if its signal was aborted before', async () => {
    const breaker = halfOpen({});
    await rejection(breaker.execute(() => 1, { signal: AbortSignal.abort() }));
    expect(hold(breaker).ran).toBe(true);
  });
});

describe('a trial call whose error is ignored', () => {
  it('frees its slot and is no outcome (Polly #1979, resilience4j #544, opossum #389)', async () => {
    const breaker = halfOpen({ ignore: (error) => error === boom });
    for (let i = 0; i < 5; i++) {
      const call = hold(breaker);
      expect(call.ran).toBe(true);
      expect(hold(breaker).ran).toBe(false);
      await call.fail(boom);
      expect(await rejection(call.result)).toBe(boom);
      expect([breaker.state, breaker.history.length]).toEqual(['HALF_OPEN', 0]);
    }
    await succeed(breaker);
    expect(breaker.state).toBe('CLOSED');
  });
});

describe('a trial call that an inner policy rejects', () => {
  it('frees its slot and is no outcome', async () => {
    const inner = new CircuitBreakerPolicy();
    inner.open();
    const breaker = halfOpen({});
    for (let i = 0; i < 3; i++) {
      const error = await rejection(breaker.execute(() => succeed(inner)));
      expect(error).toMatchObject({ code: 'ERR_CIRCUIT_OPEN' });
      expect([breaker.state, breaker.history.length]).toEqual(['HALF_OPEN', 0]);
    }
  });
});

describe('a trial call that hangs', () => {
  it('loses its slot after trialTimeout', async () => {
    const clock = new ManualClock();
    const breaker = halfOpen({ clock, trialTimeout: '5s' });
    hold(breaker);
    await clock.advance(4_999);
    expect(hold(breaker).ran).toBe(false);
    await clock.advance(1);
    expect(hold(breaker).ran).toBe(true);
  });

  it('never blocks the breaker, however many hang', async () => {
    const clock = new ManualClock();
    const breaker = halfOpen({ clock, trialTimeout: '5s' });
    for (let i = 0; i < 10; i++) {
      expect(hold(breaker).ran).toBe(true);
      expect(hold(breaker).ran).toBe(false);
      await clock.advance('5s');
    }
    expect(await succeed(breaker)).toBe('fine');
    expect(breaker.state).toBe('CLOSED');
  });

  it('still returns its result to the caller, but does not count', async () => {
    for (const outcome of ['1', '0']) {
      const clock = new ManualClock();
      const breaker = halfOpen({ clock, trialTimeout: '5s' });
      const hung = hold(breaker);
      await clock.advance('5s');
      const next = hold(breaker);
      await hung.settle(outcome);
      expect([breaker.state, breaker.history.length]).toEqual(['HALF_OPEN', 0]);
      const result = await hung.result.catch((error: unknown) => error);
      expect(result).toBe(outcome === '1' ? 'fine' : boom);
      await next.succeed();
      expect(breaker.state).toBe('CLOSED');
    }
  });

  it('does not count even if no other call came meanwhile', async () => {
    for (const outcome of ['1', '0']) {
      const clock = new ManualClock();
      const breaker = halfOpen({ clock, trialTimeout: '5s' });
      const hung = hold(breaker);
      await clock.advance('5s');
      await hung.settle(outcome);
      expect([breaker.state, breaker.history.length]).toEqual(['HALF_OPEN', 0]);
    }
  });

  it('counts if it ends just before trialTimeout', async () => {
    const clock = new ManualClock();
    const breaker = halfOpen({ clock, trialTimeout: '5s' });
    const slow = hold(breaker);
    await clock.advance(4_999);
    await slow.succeed();
    expect(breaker.state).toBe('CLOSED');
  });

  it('loses only its own slot', async () => {
    const clock = new ManualClock();
    const breaker = halfOpen({ clock, failureThreshold: '2/2', trialTimeout: '5s' });
    hold(breaker);
    await clock.advance('3s');
    hold(breaker);
    await clock.advance('2s');
    expect([hold(breaker).ran, hold(breaker).ran]).toEqual([true, false]);
    await clock.advance('3s');
    expect([hold(breaker).ran, hold(breaker).ran]).toEqual([true, false]);
  });

  it('needs no timer', () => {
    const clock = new ManualClock();
    hold(halfOpen({ clock }));
    expect(clock.pendingTimers).toBe(0);
  });

  it.each([
    ['30s', 30_000],
    ['1s', 1_000],
    [10, 1_000],
    [0, 1_000],
  ])(
    'may take as long as the cooldown of %s by default, and at least 1 s',
    async (cooldown, ms) => {
      const clock = new ManualClock();
      const breaker = halfOpen({ clock, cooldown });
      hold(breaker);
      await clock.advance(ms - 1);
      expect(hold(breaker).ran).toBe(false);
      await clock.advance(1);
      expect(hold(breaker).ran).toBe(true);
    },
  );

  it('may be given less than 1 s', async () => {
    const clock = new ManualClock();
    const breaker = halfOpen({ clock, trialTimeout: 10 });
    hold(breaker);
    await clock.advance(10);
    expect(hold(breaker).ran).toBe(true);
  });

  it('does not keep the circuit from closing (resilience4j #935)', async () => {
    const clock = new ManualClock();
    const breaker = halfOpen({ clock, cooldown: '1s', successThreshold: '1/1' });
    const hung = hold(breaker);
    expect(await fail(breaker)).toBeInstanceOf(CircuitOpenError);
    await clock.advance('1s');
    await succeed(breaker);
    expect(breaker.state).toBe('CLOSED');
    await hung.fail();
    expect([breaker.state, breaker.history.length]).toEqual(['CLOSED', 0]);
  });
});

describe('a trial call whose predicate throws', () => {
  it('is a failure and frees its slot', async () => {
    const broken = new Error('broken predicate');
    const throwing = (): boolean => {
      throw broken;
    };
    for (const option of ['handle', 'ignore', 'handleResult'] as const) {
      const breaker = halfOpen({ failureThreshold: '2/2', [option]: throwing });
      for (const state of ['HALF_OPEN', 'OPEN']) {
        const call = hold(breaker);
        expect(call.ran).toBe(true);
        await (option === 'handleResult' ? call.succeed() : call.fail());
        expect(await rejection(call.result)).toBe(broken);
        expect(breaker.state).toBe(state);
      }
    }
  });
});
