import { describe, expect, it } from 'vitest';
import {
  Backoff,
  CircuitBreakerPolicy,
  Failsafe,
  RetryPolicy,
  TimeoutExceededError,
} from '@highway/resilience';
import type { Policy } from '@highway/resilience';
import { ManualClock, recordEvents, settle } from '@highway/resilience/testing';
import { boom, hold, rejection } from '../support/calls.ts';
import { CountedSignal } from '../support/counted-signal.ts';

type Make = (clock: ManualClock) => Policy;

const retries: readonly [string, Make][] = [
  ['a retry', (clock) => new RetryPolicy({ clock })],
  [
    'a retry around a breaker',
    (clock) =>
      new Failsafe({
        policies: [new RetryPolicy({ clock }), new CircuitBreakerPolicy({ clock })],
      }),
  ],
  [
    'a retry inside a breaker',
    (clock) =>
      new Failsafe({
        policies: [new CircuitBreakerPolicy({ clock }), new RetryPolicy({ clock })],
        onWarning: () => {},
      }),
  ],
];

describe.each(retries)('%s, when the caller aborts', (_name, make) => {
  it('during a wait, ends at once with the reason (Polly #2375, resilience4j #2368)', async () => {
    for (const reason of [boom, 'enough', 0]) {
      const clock = new ManualClock();
      const caller = new CountedSignal();
      let runs = 0;
      const result = make(clock).execute(
        () => {
          runs++;
          throw new Error('each time');
        },
        { signal: caller.signal },
      );
      const caught = rejection(result);
      await settle();
      expect(clock.pendingTimers).toBe(1);
      caller.abort(reason);
      expect(await caught).toBe(reason);
      expect(clock.pendingTimers).toBe(0);
      expect(caller.listeners).toBe(0);
      await clock.advance('1h');
      expect(runs).toBe(1);
    }
  });

  it('during an attempt, waits for the function and makes no other attempt', async () => {
    const clock = new ManualClock();
    const caller = new AbortController();
    let runs = 0;
    const call = make(clock);
    const held = hold(call, { signal: caller.signal });
    runs++;
    caller.abort('enough');
    await held.fail(boom);
    expect(await rejection(held.result)).toBe(boom);
    await clock.advance('1h');
    expect(runs).toBe(1);
    expect(clock.pendingTimers).toBe(0);
  });

  it('during an attempt that still succeeds, returns its value', async () => {
    const caller = new AbortController();
    const held = hold(make(new ManualClock()), { signal: caller.signal });
    caller.abort('enough');
    await held.succeed('late');
    expect(await held.result).toBe('late');
  });
});

describe('a retry', () => {
  it('does not retry after the caller’s cancellation, whatever handle returns', async () => {
    const caller = new AbortController();
    let asked = 0;
    let runs = 0;
    const retry = new RetryPolicy({ backoff: Backoff.none, handle: () => asked++ >= 0 });
    const result = retry.execute(
      ({ signal }) => {
        runs++;
        caller.abort('enough');
        signal.throwIfAborted();
      },
      { signal: caller.signal },
    );
    expect(await rejection(result)).toBe('enough');
    expect([runs, asked]).toEqual([1, 0]);
  });

  it('does not retry after an abort in onRetry, with or without a wait', async () => {
    for (const backoff of [Backoff.none, Backoff.fixed('1s')]) {
      const clock = new ManualClock();
      const caller = new AbortController();
      let runs = 0;
      const retry = new RetryPolicy({ clock, backoff, onRetry: () => caller.abort('enough') });
      const result = retry.execute(
        () => {
          runs++;
          throw boom;
        },
        { signal: caller.signal },
      );
      expect(await rejection(result)).toBe('enough');
      expect([runs, clock.pendingTimers]).toEqual([1, 0]);
    }
  });

  it('does not retry after an abort in the turn in which the wait ended', async () => {
    // By its caller, or by a timeout further out.
    for (const reason of ['enough', new TimeoutExceededError(1000)]) {
      const clock = new ManualClock();
      const caller = new AbortController();
      const setTimer = clock.setTimeout.bind(clock);
      clock.setTimeout = (fn, ms) =>
        setTimer(() => {
          fn();
          caller.abort(reason);
        }, ms);
      const retry = new RetryPolicy({ clock, backoff: Backoff.fixed('1s') });
      using recording = recordEvents(retry);
      let runs = 0;
      const result = retry.execute(
        () => {
          runs++;
          throw boom;
        },
        { signal: caller.signal },
      );
      const caught = rejection(result);
      await clock.advance('1h');
      expect(await caught).toBe(reason);
      expect([runs, recording.types]).toEqual([1, ['retry']]);
    }
  });

  it('retries after an AbortError that its caller did not cause', async () => {
    const retry = new RetryPolicy({ backoff: Backoff.none, maxRetries: 2 });
    const own = AbortSignal.abort();
    let runs = 0;
    await rejection(
      retry.execute(() => {
        runs++;
        own.throwIfAborted();
      }),
    );
    expect(runs).toBe(3);
  });

  it('ends the waits of all calls that share the signal', async () => {
    const clock = new ManualClock();
    const caller = new CountedSignal();
    const retry = new RetryPolicy({ clock });
    const results = Array.from({ length: 1000 }, () =>
      rejection(retry.execute(() => Promise.reject(boom), { signal: caller.signal })),
    );
    await settle();
    expect([clock.pendingTimers, caller.most]).toEqual([1000, 1]);
    caller.abort('enough');
    expect(new Set(await Promise.all(results))).toEqual(new Set(['enough']));
    expect([clock.pendingTimers, caller.listeners]).toEqual([0, 0]);
  });
});

const reason = new Error('changed my mind');

/** A retry that waits a second, and a caller that can cancel. */
function setting(): {
  clock: ManualClock;
  caller: AbortController;
  attempts: () => number;
  run: (onAttempt?: () => void) => Promise<unknown>;
} {
  const clock = new ManualClock();
  const caller = new AbortController();
  const retry = new RetryPolicy({ clock, backoff: Backoff.fixed('1s'), maxRetries: 2 });
  let attempts = 0;
  const run = (onAttempt = (): void => {}): Promise<unknown> =>
    rejection(
      retry.execute(
        () => {
          attempts++;
          onAttempt();
          throw boom;
        },
        { signal: caller.signal },
      ),
    );
  return { clock, caller, run, attempts: () => attempts };
}

describe('a retry that its caller cancels', () => {
  it('runs nothing if the signal is aborted already (Polly #2375, resilience4j #2246)', async () => {
    const { caller, run, attempts } = setting();
    caller.abort(reason);
    expect(await run()).toBe(reason);
    expect(attempts()).toBe(0);
  });

  it('makes no attempt after the one that was cancelled (Polly #2375 #2456)', async () => {
    const { clock, caller, run, attempts } = setting();
    await run(() => caller.abort(reason));
    await clock.advance('1h');
    expect(attempts()).toBe(1);
  });

  it('makes no attempt after an abort that comes with the end of the wait (Polly #2456)', async () => {
    for (const timerFirst of [true, false]) {
      const { clock, caller, run, attempts } = setting();
      const abort = (): void => caller.abort(reason);
      if (!timerFirst) clock.setTimeout(abort, 1_000);
      const call = run();
      await settle();
      if (timerFirst) clock.setTimeout(abort, 1_000);
      // Timers of one instant run in the order in which they were set, in one turn of the loop.
      await Promise.all([clock.advance('1s'), timerFirst ? undefined : settle()]);
      await clock.advance('1h');
      expect(await call).toBe(reason);
      expect([attempts(), clock.pendingTimers]).toEqual([timerFirst ? 2 : 1, 0]);
    }
  });

  it('returns the value of an attempt that still succeeds (Polly #188)', async () => {
    const caller = new AbortController();
    const retry = new RetryPolicy({ handleResult: () => false });
    const work = (): string => {
      caller.abort(reason);
      return 'fine';
    };
    expect(await retry.execute(work, { signal: caller.signal })).toBe('fine');
  });

  it('throws an error for which handle returns false, not the reason (Polly #2375)', async () => {
    const caller = new AbortController();
    const retry = new RetryPolicy({ handle: () => false });
    const work = (): never => {
      caller.abort(reason);
      throw boom;
    };
    expect(await rejection(retry.execute(work, { signal: caller.signal }))).toBe(boom);
  });
});
