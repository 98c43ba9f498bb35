import { describe, expect, it } from 'vitest';
import {
  Backoff,
  CircuitBreakerPolicy,
  isRejection,
  ResilienceError,
  RetriesExceededError,
  RetryPolicy,
} from '@highway/resilience';
import type { RetryInfo } from '@highway/resilience';
import { ManualClock, settle } from '@highway/resilience/testing';
import { boom, fail, rejection, succeed } from '../support/calls.ts';
import { collectReports, replace } from '../support/host.ts';

/** A function that fails so many times, with a new error each time, and then gives its count. */
function failing(times: number): { (): number; readonly errors: Error[] } {
  const errors: Error[] = [];
  let calls = 0;
  const fn = (): number => {
    calls++;
    if (calls <= times) {
      const error = new Error(`failure ${calls}`);
      errors.push(error);
      throw error;
    }
    return calls;
  };
  return Object.assign(fn, { errors });
}

describe('a retry', () => {
  it('runs a call that succeeds only once', async () => {
    const retry = new RetryPolicy({ backoff: Backoff.none });
    expect(await retry.execute(failing(0))).toBe(1);
  });

  it.each([1, 2, 3])('returns the value of a later attempt, after %d failures', async (times) => {
    const retry = new RetryPolicy({ backoff: Backoff.none });
    expect(await retry.execute(failing(times))).toBe(times + 1);
  });

  it('makes up to three more attempts by default', async () => {
    const retry = new RetryPolicy({ backoff: Backoff.none, name: 'again' });
    const fn = failing(Infinity);
    const error = await rejection(retry.execute(fn));
    expect(fn.errors).toHaveLength(4);
    expect(error).toBeInstanceOf(RetriesExceededError);
    expect(error).toBeInstanceOf(ResilienceError);
    expect(error).toMatchObject({
      name: 'RetriesExceededError',
      code: 'ERR_RETRIES_EXCEEDED',
      attempts: 4,
      policyName: 'again',
    });
    expect((error as Error).cause).toBe(fn.errors[3]);
    expect(isRejection(error)).toBe(false);
  });

  it.each([0, 1, 2, 10])(
    'makes at most %d more attempts if maxRetries says so',
    async (maxRetries) => {
      const retry = new RetryPolicy({ backoff: Backoff.none, maxRetries });
      const fn = failing(Infinity);
      const error = await rejection(retry.execute(fn));
      expect(fn.errors).toHaveLength(maxRetries + 1);
      expect(error).toMatchObject({ attempts: maxRetries + 1 });
    },
  );

  it('puts any thrown value into the cause, even undefined', async () => {
    const retry = new RetryPolicy({ backoff: Backoff.none, maxRetries: 1 });
    for (const cause of ['text', undefined, null, 0]) {
      const error = await fail(retry, cause);
      expect(error).toBeInstanceOf(RetriesExceededError);
      expect(error).toHaveProperty('cause', cause);
    }
  });

  it('counts attempts per call', async () => {
    const retry = new RetryPolicy({ backoff: Backoff.none, maxRetries: 1 });
    for (let i = 0; i < 3; i++) expect(await retry.execute(failing(1))).toBe(2);
  });

  it('runs a wrapped function again with the same arguments and the same `this`', async () => {
    const seen: unknown[] = [];
    const account = {
      balance: 7,
      pay: new RetryPolicy({ backoff: Backoff.none })(async function (
        this: { balance: number },
        amount: number,
      ) {
        seen.push([this.balance, amount]);
        if (seen.length < 3) throw boom;
        return 'paid';
      }),
    };
    expect(await account.pay(5)).toBe('paid');
    expect(seen).toEqual([
      [7, 5],
      [7, 5],
      [7, 5],
    ]);
  });

  it('makes one attempt with maxRetries 0, and any number with Infinity (failsafe-go #32, Polly 2.2.5)', async () => {
    const one = failing(Infinity);
    await rejection(new RetryPolicy({ maxRetries: 0 }).execute(one));
    expect(one.errors).toHaveLength(1);
    const endless = new RetryPolicy({ maxRetries: Infinity, backoff: Backoff.none });
    expect(await endless.execute(failing(4_999))).toBe(5_000);
  });

  it('starts no attempt after maxDuration, and gives up before waiting for it (failsafe-go #29 #22)', async () => {
    const clock = new ManualClock();
    const fn = failing(Infinity);
    const backoff = Backoff.fixed('1s');
    const retry = new RetryPolicy({ clock, backoff, maxRetries: 9, maxDuration: '2500ms' });
    const call = rejection(retry.execute(fn));
    await clock.advance('2s');
    expect(await call).toBeInstanceOf(RetriesExceededError);
    expect([fn.errors.length, clock.now(), clock.pendingTimers]).toEqual([3, 2_000, 0]);
  });

  it('passes the same arguments to each attempt, so that the function makes its request anew (failsafe-go #73)', async () => {
    const bodies: string[] = [];
    const retry = new RetryPolicy({ backoff: Backoff.none, maxRetries: 2 });
    const send = retry(async (body: string) => {
      const request = new Request('https://example.test', { method: 'POST', body });
      bodies.push(await request.text());
      if (bodies.length < 3) throw boom;
    });
    await send('order 1');
    expect(bodies).toEqual(['order 1', 'order 1', 'order 1']);
  });

  it('reports functions that throw like those that reject (resilience4j #1761)', async () => {
    const told = async (work: () => unknown): Promise<string[]> => {
      const types: string[] = [];
      const retry = new RetryPolicy({ backoff: Backoff.none, maxRetries: 1 });
      for (const type of ['success', 'failure', 'retry'] as const) {
        retry.on(type, () => types.push(type));
      }
      await rejection(retry.execute(work));
      return types;
    };
    const thrown = await told(() => {
      throw boom;
    });
    expect(thrown).toEqual(['retry', 'failure']);
    expect(await told(() => Promise.reject(boom))).toEqual(thrown);
  });
});

describe('the errors that a retry repeats', () => {
  it('are those for which handle returns true; others are rethrown unchanged, at once', async () => {
    const asked: unknown[] = [];
    const retry = new RetryPolicy({
      backoff: Backoff.none,
      handle: (error) => asked.push(error) < 3,
    });
    const fn = failing(Infinity);
    const error = await rejection(retry.execute(fn));
    expect(error).toBe(fn.errors[2]);
    expect(asked).toEqual(fn.errors);
  });

  it('are not rejections by a policy', async () => {
    const breaker = new CircuitBreakerPolicy();
    breaker.open();
    const retry = new RetryPolicy({ backoff: Backoff.none });
    let attempts = 0;
    const error = await rejection(
      retry.execute(() => {
        attempts++;
        return succeed(breaker);
      }),
    );
    expect(error).toMatchObject({ code: 'ERR_CIRCUIT_OPEN' });
    expect(attempts).toBe(1);
  });

  it('include rejections if handleRejection returns true, after the wait that they ask for', async () => {
    const clock = new ManualClock();
    const breaker = new CircuitBreakerPolicy({ clock, cooldown: '30s' });
    breaker.open();
    const retry = new RetryPolicy({ clock, backoff: Backoff.none, handleRejection: isRejection });
    const result = retry.execute(() => succeed(breaker));
    await clock.advance('30s');
    expect(await result).toBe('fine');
  });

  it('include those on which another retry gave up', async () => {
    const inner = new RetryPolicy({ backoff: Backoff.none, maxRetries: 1 });
    const outer = new RetryPolicy({ backoff: Backoff.none, maxRetries: 1 });
    const fn = failing(Infinity);
    const error = await rejection(outer.execute(() => inner.execute(fn)));
    expect(fn.errors).toHaveLength(4);
    expect(error).toMatchObject({ attempts: 2, cause: { attempts: 2, cause: fn.errors[3] } });
  });

  it('do not include what a predicate throws, which the caller gets at once', async () => {
    const broken = new Error('broken predicate');
    const retry = new RetryPolicy({
      handle: () => {
        throw broken;
      },
    });
    expect(await fail(retry)).toBe(broken);
  });
});

describe('the waits of a retry', () => {
  it('come between attempts, and none after the last (failsafe-go #22, resilient-circuit)', async () => {
    const clock = new ManualClock();
    const times: number[] = [];
    const retry = new RetryPolicy({
      clock,
      maxRetries: 3,
      backoff: new Backoff({ minDelay: 100, maxDelay: 1000 }),
    });
    const result = retry.execute(() => {
      times.push(clock.now());
      throw boom;
    });
    const ended = rejection(result).then(() => times.push(clock.now()));
    for (let i = 0; i < 20; i++) await clock.advance(50);
    await ended;
    expect(times).toEqual([0, 100, 300, 700, 700]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('double from 100 ms to 5 s with jitter 0.5 by default', async () => {
    const bounds = [100, 200, 400, 800, 1600, 3200, 5000, 5000];
    for (const chance of [0, 0.5, 1 - 2 ** -53]) {
      const clock = new ManualClock();
      const waits: number[] = [];
      const retry = new RetryPolicy({
        clock,
        maxRetries: bounds.length,
        random: () => chance,
        onRetry: ({ delay }) => waits.push(delay),
      });
      const ended = fail(retry);
      await clock.advance('1m');
      await ended;
      bounds.forEach((bound, i) => {
        const most = Math.min(bound * 1.5, 5000);
        expect(waits[i]).toBeCloseTo(bound * 0.5 + (most - bound * 0.5) * chance, 6);
      });
    }
  });

  it('take no time and no timer with Backoff.none (cockatiel #30)', async () => {
    const clock = new ManualClock();
    const retry = new RetryPolicy({ clock, backoff: Backoff.none });
    expect(await retry.execute(failing(3))).toBe(4);
    expect(clock.pendingTimers).toBe(0);
  });

  it('may be longer than a timer can hold (cockatiel fires at once, failsafe-java #215)', async () => {
    const clock = new ManualClock();
    const armed: number[] = [];
    const short = Object.create(clock, {
      setTimeout: {
        value: (fn: () => void, ms: number) => {
          armed.push(ms);
          return clock.setTimeout(fn, ms);
        },
      },
      now: { value: () => clock.now() },
      clearTimeout: { value: (handle: unknown) => clock.clearTimeout(handle) },
    }) as ManualClock;
    const retry = new RetryPolicy({ clock: short, backoff: Backoff.fixed('60d') });
    const result = retry.execute(failing(1));
    await clock.advance('59d');
    expect(clock.pendingTimers).toBe(1);
    await clock.advance('1d');
    expect(await result).toBe(2);
    for (const ms of armed) expect(ms).toBeLessThan(2 ** 31);
  });

  it('use the system’s timers if no clock is given', async () => {
    const waits: number[] = [];
    const restore = replace(globalThis, 'setTimeout', (fn: () => void, ms: number) => {
      waits.push(ms);
      queueMicrotask(fn);
      return waits.length;
    });
    try {
      const retry = new RetryPolicy({ backoff: Backoff.fixed(1234) });
      expect(await retry.execute(failing(2))).toBe(3);
    } finally {
      restore();
    }
    expect(waits).toEqual([1234, 1234]);
  });
});

describe('onRetry', () => {
  it('gets the failed attempt, the wait before the next one and the error', async () => {
    const clock = new ManualClock();
    const seen: RetryInfo[] = [];
    const retry = new RetryPolicy({
      clock,
      maxRetries: 2,
      backoff: new Backoff({ minDelay: 100, maxDelay: 1000 }),
      onRetry: (info) => seen.push(info),
    });
    const fn = failing(Infinity);
    const ended = rejection(retry.execute(fn));
    await settle();
    expect(seen).toEqual([{ attempt: 1, delay: 100, error: fn.errors[0] }]);
    await clock.advance('1s');
    await ended;
    expect(seen).toEqual([
      { attempt: 1, delay: 100, error: fn.errors[0] },
      { attempt: 2, delay: 200, error: fn.errors[1] },
    ]);
  });

  it('changes nothing if it throws, and its error is reported', async () => {
    const broken = new Error('broken listener');
    const retry = new RetryPolicy({
      backoff: Backoff.none,
      onRetry: () => {
        throw broken;
      },
    });
    const reports = await collectReports(async () => {
      expect(await retry.execute(failing(2))).toBe(3);
    });
    expect(reports).toEqual([broken, broken]);
  });

  it('is not called if no attempt follows', async () => {
    let told = 0;
    const onRetry = (): void => {
      told++;
    };
    await fail(new RetryPolicy({ onRetry, maxRetries: 0 }));
    await fail(new RetryPolicy({ onRetry, handle: () => false }));
    await succeed(new RetryPolicy({ onRetry }));
    expect(told).toBe(0);
  });
});
