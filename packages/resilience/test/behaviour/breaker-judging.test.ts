import { describe, expect, it } from 'vitest';
import { CircuitBreakerPolicy, Failsafe, TimeoutExceededError } from '@highway/resilience';
import { ManualClock, settle } from '@highway/resilience/testing';
import { boom, fail, hold, play, rejection, succeed } from '../support/calls.ts';

const mine = new Error('mine');

describe('what a breaker counts as a failure', () => {
  it('is every error by default, whatever is thrown', async () => {
    const breaker = new CircuitBreakerPolicy();
    for (const error of [boom, 'text', 0, null, undefined, false]) await fail(breaker, error);
    expect(breaker.history.failureCount).toBe(6);
  });

  it('is any error for which handle returns true; others are successes, and are rethrown', async () => {
    const asked: unknown[] = [];
    const breaker = new CircuitBreakerPolicy({
      handle: (error) => {
        asked.push(error);
        return error === boom;
      },
    });
    expect(await fail(breaker, mine)).toBe(mine);
    expect(await fail(breaker, boom)).toBe(boom);
    expect([...breaker.history]).toEqual([true, false]);
    expect(asked).toEqual([mine, boom]);
  });

  it('is no error for which handle returns false, so a half-open breaker closes (Polly #1979)', async () => {
    const breaker = new CircuitBreakerPolicy({
      failureThreshold: '1/1',
      handle: (error) => error === boom,
    });
    breaker.halfOpen();
    await fail(breaker, mine);
    expect(breaker.state).toBe('CLOSED');
  });

  it('is no error for which ignore returns true; it is no outcome, and is rethrown', async () => {
    const breaker = new CircuitBreakerPolicy({ ignore: (error) => error === mine });
    expect(await fail(breaker, mine)).toBe(mine);
    await fail(breaker, boom);
    expect([...breaker.history]).toEqual([false]);
  });

  it('is no error for which both handle and ignore return true (resilience4j #2304)', async () => {
    const breaker = new CircuitBreakerPolicy({ handle: () => true, ignore: () => true });
    await fail(breaker);
    expect(breaker.history.length).toBe(0);
  });

  it('may be a value, by handleResult, and the caller gets it unchanged', async () => {
    const breaker = new CircuitBreakerPolicy({
      failureThreshold: '2/2',
      handleResult: (value) => (value as { status: number }).status >= 500,
    });
    const bad = { status: 503 };
    expect(await breaker.execute(() => ({ status: 200 }))).toEqual({ status: 200 });
    expect(await breaker.execute(() => bad)).toBe(bad);
    expect([...breaker.history]).toEqual([true, false]);
    expect(await breaker.execute(async () => bad)).toBe(bad);
    expect(breaker.state).toBe('OPEN');
  });

  it('is decided by handleResult for values, and by handle for errors', async () => {
    const values: unknown[] = [];
    const errors: unknown[] = [];
    const breaker = new CircuitBreakerPolicy({
      handleResult: (value) => values.push(value) < 0,
      handle: (error) => errors.push(error) > 0,
    });
    await play(breaker, '10');
    expect([values, errors]).toEqual([['fine'], [boom]]);
  });
});

describe('a call that its caller cancels', () => {
  it.each(['1', '0'])('is no outcome, however its function ends (%s)', async (outcome) => {
    const breaker = new CircuitBreakerPolicy({ failureThreshold: '1/1' });
    const caller = new AbortController();
    const call = hold(breaker, { signal: caller.signal });
    caller.abort();
    await call.settle(outcome);
    expect([breaker.state, breaker.history.length]).toEqual(['CLOSED', 0]);
  });

  it('is no outcome if its function heeds the signal', async () => {
    const breaker = new CircuitBreakerPolicy({ failureThreshold: '1/1' });
    const caller = new AbortController();
    const result = breaker.execute(
      ({ signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error));
        }),
      { signal: caller.signal },
    );
    caller.abort(boom);
    expect(await rejection(result)).toBe(boom);
    expect([breaker.state, breaker.history.length]).toEqual(['CLOSED', 0]);
  });

  it('is no outcome if its function aborts it and then throws', async () => {
    const breaker = new CircuitBreakerPolicy({ failureThreshold: '1/1' });
    const caller = new AbortController();
    const result = breaker.execute(
      () => {
        caller.abort(mine);
        throw boom;
      },
      { signal: caller.signal },
    );
    expect(await rejection(result)).toBe(boom);
    expect(breaker.history.length).toBe(0);
  });

  it('is an outcome if the abort comes after its end', async () => {
    const breaker = new CircuitBreakerPolicy();
    const caller = new AbortController();
    await rejection(breaker.execute(() => Promise.reject(boom), { signal: caller.signal }));
    caller.abort();
    expect(breaker.history.failureCount).toBe(1);
  });

  it('is shown to no predicate', async () => {
    let asked = 0;
    const count = (): boolean => asked++ > 0;
    const breaker = new CircuitBreakerPolicy({ handle: count, ignore: count, handleResult: count });
    for (const outcome of ['1', '0']) {
      const caller = new AbortController();
      const call = hold(breaker, { signal: caller.signal });
      caller.abort();
      await call.settle(outcome);
    }
    expect(asked).toBe(0);
  });

  it('does not keep other calls from counting', async () => {
    const breaker = new CircuitBreakerPolicy();
    const caller = new AbortController();
    const cancelled = hold(breaker, { signal: caller.signal });
    const others = [hold(breaker), hold(breaker, { signal: new AbortController().signal })];
    caller.abort();
    await cancelled.fail();
    await others[0]!.fail();
    await others[1]!.succeed();
    expect([...breaker.history]).toEqual([false, true]);
  });
});

describe('an AbortError that the caller did not cause', () => {
  it('is a failure', async () => {
    const breaker = new CircuitBreakerPolicy();
    const own = AbortSignal.abort();
    await rejection(breaker.execute(() => own.throwIfAborted()));
    const caller = new AbortController();
    await rejection(breaker.execute(() => own.throwIfAborted(), { signal: caller.signal }));
    expect(breaker.history.failureCount).toBe(2);
  });
});

describe('an attempt that an outer timeout ended', () => {
  it('is a failure at once, whether or not the function ever ends', async () => {
    const breaker = new CircuitBreakerPolicy({ failureThreshold: '1/1' });
    const outer = new AbortController();
    const call = hold(breaker, { signal: outer.signal });
    const timeout = new TimeoutExceededError(50);
    outer.abort(timeout);
    await settle();
    expect(breaker.state).toBe('OPEN');
    expect([...breaker.history]).toEqual([false]);
    await call.succeed();
    expect([...breaker.history]).toEqual([false]);
  });

  it('is one failure if the function heeds its signal', async () => {
    const breaker = new CircuitBreakerPolicy();
    const outer = new AbortController();
    const call = hold(breaker, { signal: outer.signal });
    const timeout = new TimeoutExceededError(50);
    outer.abort(timeout);
    await call.fail(timeout);
    expect([...breaker.history]).toEqual([false]);
  });

  it('is a failed trial call while half-open', async () => {
    const breaker = new CircuitBreakerPolicy({ failureThreshold: '1/1' });
    breaker.halfOpen();
    const outer = new AbortController();
    hold(breaker, { signal: outer.signal });
    outer.abort(new TimeoutExceededError(50));
    await settle();
    expect(breaker.state).toBe('OPEN');
  });
});

describe('a rejection by an inner policy', () => {
  it('is no outcome, and reaches the caller', async () => {
    const inner = new CircuitBreakerPolicy({ name: 'inner' });
    const breaker = new CircuitBreakerPolicy({ name: 'outer', failureThreshold: '1/1' });
    inner.open();
    const failsafe = new Failsafe({ policies: [breaker, inner] });
    const wrapped = breaker(inner(() => 'fine'));
    for (const call of [
      () => succeed(failsafe),
      () => breaker.execute(() => succeed(inner)),
      wrapped,
    ]) {
      expect(await rejection(call())).toMatchObject({ policyName: 'inner' });
    }
    expect([breaker.state, breaker.history.length]).toEqual(['CLOSED', 0]);
  });

  it('is shown to no predicate', async () => {
    const inner = new CircuitBreakerPolicy();
    inner.open();
    let asked = 0;
    const count = (): boolean => asked++ >= 0;
    const breaker = new CircuitBreakerPolicy({ handle: count });
    await rejection(breaker.execute(() => succeed(inner)));
    expect([asked, breaker.history.length]).toEqual([0, 0]);
  });
});

describe('a predicate that throws', () => {
  const broken = new Error('broken predicate');
  const throwing = (): boolean => {
    throw broken;
  };

  it.each(['handle', 'ignore'])(
    'makes the call a failure, and its error reaches the caller: %s',
    async (option) => {
      const breaker = new CircuitBreakerPolicy({ failureThreshold: '2/2', [option]: throwing });
      expect(await fail(breaker)).toBe(broken);
      expect([...breaker.history]).toEqual([false]);
      expect(await rejection(breaker.execute(() => Promise.reject(boom), callerless()))).toBe(
        broken,
      );
      expect(breaker.state).toBe('OPEN');
    },
  );

  it('makes the call a failure, and its error reaches the caller: handleResult', async () => {
    const breaker = new CircuitBreakerPolicy({ failureThreshold: '1/1', handleResult: throwing });
    expect(await rejection(succeed(breaker))).toBe(broken);
    expect(breaker.state).toBe('OPEN');
  });

  it('makes the call a failure for outer policies, which see its error', async () => {
    const inner = new CircuitBreakerPolicy({ handle: throwing });
    const seen: unknown[] = [];
    const outer = new CircuitBreakerPolicy({ handle: (error) => seen.push(error) > 0 });
    await fail(new Failsafe({ policies: [outer, inner] }));
    expect(seen).toEqual([broken]);
    expect([...outer.history]).toEqual([false]);
  });
});

/** Options that make a call take the way of one that could be cancelled. */
function callerless(): { signal: AbortSignal } {
  return { signal: new AbortController().signal };
}

describe('a breaker with a clock of its own', () => {
  it('judges alike while it is half-open and while it is closed', async () => {
    const clock = new ManualClock();
    const breaker = new CircuitBreakerPolicy({
      clock,
      failureThreshold: '2/2',
      ignore: (e) => e === mine,
    });
    await fail(breaker, mine);
    await fail(breaker, boom);
    breaker.halfOpen();
    await fail(breaker, mine);
    await fail(breaker, boom);
    expect([...breaker.history]).toEqual([false]);
  });
});
