import { describe, expect, it } from 'vitest';
import { Backoff, CircuitBreakerPolicy, Failsafe, RetryPolicy } from '@highway/resilience';
import { ManualClock, settle } from '@highway/resilience/testing';
import { boom, hold, rejection } from '../support/calls.ts';
import { CountedSignal } from '../support/counted-signal.ts';

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

describe('a cancelled retry', () => {
  it('runs nothing where the signal is aborted already (Polly #2375, resilience4j #2246)', async () => {
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

  it('ends its wait at once, with the reason and without a timer (Polly #2375, resilience4j #2368)', async () => {
    const { clock, caller, run, attempts } = setting();
    const call = run();
    await clock.advance(500);
    caller.abort(reason);
    expect(await call).toBe(reason);
    expect([clock.pendingTimers, attempts()]).toEqual([0, 1]);
  });

  it('makes no attempt where the abort comes with the end of the wait (Polly #2456)', async () => {
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
      expect(attempts()).toBe(timerFirst ? 2 : 1);
    }
  });

  it('gives the value of an attempt that succeeded all the same (Polly #188)', async () => {
    const caller = new AbortController();
    const retry = new RetryPolicy({ handleResult: () => false });
    const work = (): string => {
      caller.abort(reason);
      return 'fine';
    };
    expect(await retry.execute(work, { signal: caller.signal })).toBe('fine');
  });

  it('keeps an error that is not worth a retry (Polly #2375)', async () => {
    const caller = new AbortController();
    const retry = new RetryPolicy({ handle: () => false });
    const work = (): never => {
      caller.abort(reason);
      throw boom;
    };
    expect(await rejection(retry.execute(work, { signal: caller.signal }))).toBe(boom);
  });
});

describe('a signal that lives long', () => {
  it('has one listener for any number of calls, and none after them (cockatiel #69 #81)', async () => {
    const caller = new CountedSignal();
    const clock = new ManualClock();
    const failsafe = new Failsafe({
      policies: [
        new RetryPolicy({ clock, maxRetries: 11, backoff: Backoff.fixed(10) }),
        new CircuitBreakerPolicy({ clock, failureThreshold: '1000/1000' }),
      ],
    });
    const calls = Array.from({ length: 50 }, (_, i) =>
      failsafe
        .execute(
          ({ signal }) => {
            signal.throwIfAborted();
            if (i % 2 === 0) throw boom;
          },
          { signal: caller.signal },
        )
        .catch(() => {}),
    );
    await clock.advance('1s');
    await Promise.all(calls);
    expect([caller.most, caller.listeners]).toEqual([1, 0]);
  });

  it('hands its reason on to the signals made from it (cockatiel #101, Polly #3094)', async () => {
    const caller = new AbortController();
    const failsafe = new Failsafe({ policies: [new RetryPolicy(), new CircuitBreakerPolicy()] });
    const call = hold(failsafe, { signal: caller.signal });
    const signal = call.context!.signal;
    caller.abort(reason);
    expect([signal.aborted, signal.reason]).toEqual([true, reason]);
    await call.fail(signal.reason);
    expect(await rejection(call.result)).toBe(reason);
  });

  it('is not kept by the policy: each call has its own (failsafe-go #136 #122 #134)', async () => {
    const breaker = new CircuitBreakerPolicy();
    const [one, other] = [new AbortController(), new AbortController()];
    const first = hold(breaker, { signal: one.signal });
    const second = hold(breaker, { signal: other.signal });
    one.abort(reason);
    expect(first.context?.signal.aborted).toBe(true);
    expect(second.context?.signal.aborted).toBe(false);
  });
});
