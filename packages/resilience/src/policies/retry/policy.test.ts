import { describe, expect, it, vi } from 'vitest';
import { bare } from '../../../test/support/bare-event.ts';
import { Backoff } from '../../values/backoff.ts';
import { CircuitBreakerPolicy } from '../circuit-breaker/index.ts';
import { Failsafe } from '../../compose/failsafe/index.ts';
import { RetryBudget } from '../../values/retry-budget.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { settle } from '../../testing/settle.ts';
import { RetriesExceededError } from './errors.ts';
import type { RetryInfo, RetryOptions } from './options.ts';
import { RetryPolicy } from './policy.ts';

const failure = new Error('failure');

/** A retry on a clock by hand, with fixed waits of 10 ms, and a function with a script. */
class Bench {
  readonly clock = new ManualClock();
  readonly retry: RetryPolicy;
  readonly infos: RetryInfo[] = [];
  calls = 0;

  constructor(options: RetryOptions = {}) {
    this.retry = new RetryPolicy({
      clock: this.clock,
      backoff: Backoff.fixed(10),
      onRetry: (info) => this.infos.push(info),
      ...options,
    });
  }

  /** Gives the results one after the other, the last again and again; errors are thrown. */
  readonly script =
    (...results: readonly unknown[]) =>
    (): unknown => {
      const result = results[Math.min(this.calls++, results.length - 1)];
      if (result instanceof Error) throw result;
      return result;
    };

  /** Runs a call to its end. */
  async outcome(fn: () => unknown, signal?: AbortSignal): Promise<unknown> {
    const outcome = this.retry.executeOutcome(fn, { signal });
    await this.clock.advance('1h');
    const ended = await outcome;
    return ended.ok ? ended.value : ended.error;
  }

  /** The events of the retry, as they come, without what they have in common. */
  events(): unknown[] {
    const seen: unknown[] = [];
    for (const type of ['success', 'failure', 'retry'] as const) {
      this.retry.on(type, (event) => seen.push(bare(event)));
    }
    return seen;
  }
}

describe('a retry of values', () => {
  const handleResult = (value: unknown): boolean => value === 'bad';

  it('retries while the value is a failure, and reports that', async () => {
    const bench = new Bench({ handleResult });
    expect(await bench.outcome(bench.script('bad', failure, 'bad', 'good'))).toBe('good');
    expect(bench.infos).toEqual([
      { attempt: 1, delay: 10, value: 'bad' },
      { attempt: 2, delay: 10, error: failure },
      { attempt: 3, delay: 10, value: 'bad' },
    ]);
  });

  it('returns the last value if no retry is left', async () => {
    const bench = new Bench({ handleResult, maxRetries: 1 });
    expect(await bench.outcome(bench.script('bad'))).toBe('bad');
    expect(bench.calls).toBe(2);
  });

  it('accepts every value if there is no predicate', async () => {
    const bench = new Bench();
    expect(await bench.outcome(bench.script('bad'))).toBe('bad');
    expect(bench.calls).toBe(1);
  });

  it('disposes values that nobody will see, and no others', async () => {
    const disposed: string[] = [];
    const resource = (name: string): Disposable & { name: string } => ({
      name,
      [Symbol.dispose]: () => disposed.push(name),
    });
    const bench = new Bench({ handleResult: () => true, maxRetries: 2 });
    await bench.outcome(bench.script(resource('a'), resource('b'), resource('c')));
    expect(disposed).toEqual(['a', 'b']);
  });

  it('does not read retryAfter from a value, as it does from an error', async () => {
    const bench = new Bench({ handleResult: () => true, maxRetries: 1 });
    await bench.outcome(bench.script({ retryAfter: 500 }));
    expect(bench.infos.map(({ delay }) => delay)).toEqual([10]);
    const failing = new Bench({ maxRetries: 1 });
    await failing.outcome(failing.script(Object.assign(new Error('busy'), { retryAfter: 500 })));
    expect(failing.infos.map(({ delay }) => delay)).toEqual([500]);
  });

  it('throws the error of its predicate', async () => {
    const thrown = new Error('predicate');
    const bench = new Bench({
      handleResult: () => {
        throw thrown;
      },
    });
    expect(await bench.outcome(bench.script('x'))).toBe(thrown);
    expect(bench.calls).toBe(1);
  });
});

describe('a retry of errors', () => {
  it('passes each attempt its number', async () => {
    const numbers: number[] = [];
    const bench = new Bench({ maxRetries: 2 });
    const outcome = bench.retry.executeOutcome(({ attempt }) => {
      numbers.push(attempt);
      throw failure;
    });
    await bench.clock.advance('1h');
    await outcome;
    expect(numbers).toEqual([1, 2, 3]);
  });

  it('disposes of errors that it discards', async () => {
    let disposed = 0;
    const error = Object.assign(new Error('x'), { [Symbol.dispose]: () => disposed++ });
    const bench = new Bench({ maxRetries: 1 });
    await bench.outcome(bench.script(error, 'good'));
    expect(disposed).toBe(1);
  });

  it('reports nothing if there is no callback', async () => {
    const reported: unknown[] = [];
    vi.stubGlobal('reportError', (error: unknown) => reported.push(error));
    const clock = new ManualClock();
    const retry = new RetryPolicy({ clock, backoff: Backoff.none, maxRetries: 1 });
    await retry.executeOutcome(() => {
      throw failure;
    });
    vi.unstubAllGlobals();
    expect(reported).toEqual([]);
  });
});

describe('a retry that gives up', () => {
  it('has the number of attempts, the policy and the cause in its error', async () => {
    const bench = new Bench({ maxRetries: 2, name: 'api' });
    const error = await bench.outcome(bench.script(failure));
    expect(error).toBeInstanceOf(RetriesExceededError);
    expect(error).toMatchObject({ attempts: 3, cause: failure, policyName: 'api' });
  });

  it('does so before its time is over if the next attempt would start after it', async () => {
    const bench = new Bench({ maxDuration: 25 });
    expect(await bench.outcome(bench.script(failure))).toMatchObject({ attempts: 3 });
    expect(await bench.outcome(bench.script(failure))).toMatchObject({ attempts: 3 });
  });

  it('rethrows the error if the budget is spent', async () => {
    const clock = new ManualClock();
    const budget = new RetryBudget({ ratio: 0.5, minPerSecond: 0, window: '1h', clock });
    const bench = new Bench({ budget });
    expect(await bench.outcome(bench.script(failure))).toBe(failure);
    // The second call is what pays for a retry.
    expect(await bench.outcome(bench.script(failure))).toBe(failure);
    expect(bench.infos).toHaveLength(1);
  });

  it('rethrows an error whose retryAfter is Infinity', async () => {
    const never = Object.assign(new Error('gone'), { retryAfter: Infinity });
    const bench = new Bench();
    expect(await bench.outcome(bench.script(never))).toBe(never);
    expect(bench.calls).toBe(1);
  });

  it('rethrows an error that is not retried, even after retries', async () => {
    const fatal = new Error('fatal');
    const bench = new Bench({ handle: (error) => error !== fatal });
    expect(await bench.outcome(bench.script(failure, fatal))).toBe(fatal);
    expect(bench.calls).toBe(2);
  });
});

describe('a retry whose caller goes away', () => {
  it('makes no further attempt, and calls no predicate, whatever the attempt returned', async () => {
    let asked = 0;
    const predicate = (): boolean => {
      asked++;
      return true;
    };
    const bench = new Bench({ handle: predicate, handleResult: predicate });
    const controller = new AbortController();
    const during = (result: unknown) => (): unknown => {
      controller.abort();
      return bench.script(result)();
    };
    expect(await bench.outcome(during('value'), controller.signal)).toBe('value');
    const second = new AbortController();
    const failing = (): unknown => {
      second.abort();
      throw failure;
    };
    expect(await bench.outcome(failing, second.signal)).toBe(failure);
    expect(asked).toBe(0);
    expect(bench.infos).toEqual([]);
  });

  it('ends its wait at once, with the reason', async () => {
    const bench = new Bench();
    const controller = new AbortController();
    bench.clock.setTimeout(() => controller.abort('enough'), 5);
    expect(await bench.outcome(bench.script(failure), controller.signal)).toBe('enough');
    expect(bench.calls).toBe(1);
    expect(bench.clock.pendingTimers).toBe(0);
  });

  it('runs nothing after an abort that comes with the end of the wait', async () => {
    const clock = new ManualClock();
    const controller = new AbortController();
    const bench = new Bench({
      clock: {
        now: () => clock.now(),
        clearTimeout: (handle) => clock.clearTimeout(handle),
        setTimeout: (fn, ms) =>
          clock.setTimeout(() => {
            fn();
            controller.abort('together');
          }, ms),
      },
    });
    const { signal } = controller;
    const outcome = bench.retry.executeOutcome(bench.script(failure), { signal });
    await clock.advance(10);
    expect(await outcome).toEqual({ ok: false, error: 'together' });
    expect(bench.calls).toBe(1);
  });
});

describe('the events of a retry', () => {
  it('report each wait, and the outcome of the whole call', async () => {
    const bench = new Bench({ maxRetries: 1 });
    const events = bench.events();
    await bench.outcome(bench.script(failure, 'good'));
    expect(events).toEqual([
      { type: 'retry', attempt: 1, delay: 10, error: failure },
      { type: 'success', attempt: 2, duration: 10 },
    ]);
  });

  it('report one success if nothing had to be retried', async () => {
    const bench = new Bench();
    const events = bench.events();
    await bench.outcome(bench.script('good'));
    expect(events).toEqual([{ type: 'success', attempt: 1, duration: 0 }]);
  });

  it('report the error that the caller gets', async () => {
    const bench = new Bench({ maxRetries: 0 });
    const events = bench.events();
    const error = await bench.outcome(bench.script(failure));
    expect(events).toEqual([{ type: 'failure', attempt: 1, duration: 0, error }]);
    expect(error).toBeInstanceOf(RetriesExceededError);
  });

  it('report a value that remained a failure', async () => {
    const bench = new Bench({ maxRetries: 1, handleResult: () => true });
    const events = bench.events();
    await bench.outcome(bench.script('bad'));
    expect(events).toEqual([
      { type: 'retry', attempt: 1, delay: 10, value: 'bad' },
      { type: 'failure', attempt: 2, duration: 10, value: 'bad' },
    ]);
  });

  it('report no outcome if the caller has gone', async () => {
    const bench = new Bench();
    const events = bench.events();
    const controller = new AbortController();
    const fn = (): never => {
      controller.abort();
      throw failure;
    };
    await bench.outcome(fn, controller.signal);
    expect(events).toEqual([]);
  });

  it('have no duration if nobody listened when the call began', async () => {
    const bench = new Bench();
    const seen: unknown[] = [];
    const fn = async (): Promise<string> => {
      await settle();
      bench.retry.on('success', ({ duration }) => seen.push(duration));
      throw failure;
    };
    let calls = 0;
    await bench.outcome(() => (calls++ === 0 ? fn() : 'good'));
    expect(seen).toEqual([undefined]);
  });
});

describe('a retry around other policies', () => {
  it('shares their segment, and retries through all of them', async () => {
    const bench = new Bench({ maxRetries: 2 });
    const breaker = new CircuitBreakerPolicy({ clock: bench.clock, failureThreshold: '9/9' });
    const both = new Failsafe({ policies: [bench.retry, breaker] });
    const outcome = both.executeOutcome(bench.script(failure, failure, 'good'));
    await bench.clock.advance(20);
    expect(await outcome).toEqual({ ok: true, value: 'good' });
    expect([...breaker.history]).toEqual([false, false, true]);
  });

  it('does not retry an open circuit', async () => {
    const bench = new Bench();
    const breaker = new CircuitBreakerPolicy({ clock: bench.clock });
    breaker.open();
    const both = new Failsafe({ policies: [bench.retry, breaker] });
    const outcome = await both.executeOutcome(bench.script('never'));
    expect(outcome).toMatchObject({ ok: false, error: { code: 'ERR_CIRCUIT_OPEN' } });
    expect(bench.calls).toBe(0);
    expect(bench.infos).toEqual([]);
  });

  it('shows its settings', () => {
    expect(new RetryPolicy({ name: 'api' }).settings).toMatchObject({ type: 'retry', name: 'api' });
  });
});
