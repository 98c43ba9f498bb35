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
  it('gives its slot back at the abort, not when its function ends (resilience4j #682)', async () => {
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

  it('is no outcome even where its function succeeds', async () => {
    const breaker = halfOpen({ failureThreshold: '2/2' });
    const caller = new AbortController();
    const cancelled = hold(breaker, { signal: caller.signal });
    caller.abort();
    await cancelled.succeed();
    expect(breaker.history.length).toBe(0);
    expect(breaker.state).toBe('HALF_OPEN');
  });

  it('gives back one place, however the rest goes', async () => {
    const breaker = halfOpen({ failureThreshold: '2/2' });
    const caller = new AbortController();
    const cancelled = hold(breaker, { signal: caller.signal });
    hold(breaker);
    caller.abort();
    await cancelled.fail();
    expect([hold(breaker).ran, hold(breaker).ran]).toEqual([true, false]);
  });

  it('was rejected if its signal was aborted before', async () => {
    const breaker = halfOpen({});
    await rejection(breaker.execute(() => 1, { signal: AbortSignal.abort() }));
    expect(hold(breaker).ran).toBe(true);
  });
});

describe('a trial call whose error is ignored', () => {
  it('gives its slot back and is no outcome (Polly #1979, resilience4j #544, opossum #389)', async () => {
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

describe('a trial call that a policy further in rejects', () => {
  it('gives its slot back and is no outcome', async () => {
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

  it('never wedges the breaker, however many hang', async () => {
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

  it('goes on, and its caller gets its result, which is dropped', async () => {
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

  it('has its late result dropped also where no other call came meanwhile', async () => {
    for (const outcome of ['1', '0']) {
      const clock = new ManualClock();
      const breaker = halfOpen({ clock, trialTimeout: '5s' });
      const hung = hold(breaker);
      await clock.advance('5s');
      await hung.settle(outcome);
      expect([breaker.state, breaker.history.length]).toEqual(['HALF_OPEN', 0]);
    }
  });

  it('counts where it ends just before its time is up', async () => {
    const clock = new ManualClock();
    const breaker = halfOpen({ clock, trialTimeout: '5s' });
    const slow = hold(breaker);
    await clock.advance(4_999);
    await slow.succeed();
    expect(breaker.state).toBe('CLOSED');
  });

  it('takes its own place alone with it', async () => {
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

  it('holds no timer', () => {
    const clock = new ManualClock();
    hold(halfOpen({ clock }));
    expect(clock.pendingTimers).toBe(0);
  });

  it.each([
    ['30s', 30_000],
    ['1s', 1_000],
    [10, 1_000],
    [0, 1_000],
  ])('may hang as long as the cooldown of %s by default, at least 1 s', async (cooldown, ms) => {
    const clock = new ManualClock();
    const breaker = halfOpen({ clock, cooldown });
    hold(breaker);
    await clock.advance(ms - 1);
    expect(hold(breaker).ran).toBe(false);
    await clock.advance(1);
    expect(hold(breaker).ran).toBe(true);
  });

  it('may hang shorter than 1 s where that is asked for', async () => {
    const clock = new ManualClock();
    const breaker = halfOpen({ clock, trialTimeout: 10 });
    hold(breaker);
    await clock.advance(10);
    expect(hold(breaker).ran).toBe(true);
  });

  it('does not keep the circuit from recovering (resilience4j #935)', async () => {
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
  it('gives its slot back as a failure', async () => {
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
