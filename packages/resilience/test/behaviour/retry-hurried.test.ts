import { describe, expect, it } from 'vitest';
import {
  Backoff,
  BulkheadPolicy,
  Failsafe,
  RetriesExceededError,
  RetryPolicy,
  TimeoutPolicy,
  isTimeout,
} from '@highway/resilience';
import { ManualClock, settle } from '@highway/resilience/testing';
import { boom, fail, hold, rejection } from '../support/calls.ts';

const endless = { maxRetries: Infinity, backoff: Backoff.none };

/** Fails at once, each time that it is called. */
function failing(): never {
  throw boom;
}

describe('retries without a wait', () => {
  it('let an outer timeout end the call, on the system’s own timers', async () => {
    const policies = [new TimeoutPolicy({ timeout: '20ms' }), new RetryPolicy(endless)] as const;
    expect(isTimeout(await rejection(new Failsafe({ policies }).execute(failing)))).toBe(true);
  });

  it('let a timer of the caller abort the call', async () => {
    const caller = new AbortController();
    setTimeout(() => {
      caller.abort('enough');
    }, 5);
    const { signal } = caller;
    const call = new RetryPolicy(endless).execute(() => Promise.reject(boom), { signal });
    expect(await rejection(call)).toBe('enough');
  });

  it('let timers run if rejections are retried, too', async () => {
    const bulkhead = new BulkheadPolicy({ maxConcurrent: 1 });
    const held = hold(bulkhead);
    setTimeout(() => void held.succeed(), 5);
    const retry = new RetryPolicy({ ...endless, handleRejection: () => true });
    expect(await new Failsafe({ policies: [retry, bulkhead] }).execute(() => 'fine')).toBe('fine');
  });

  it('let timers run if values are retried, and if random waits are 0', async () => {
    const backoff = new Backoff({ minDelay: 50, maxDelay: 50, jitter: 'full', random: () => 0 });
    const values = new RetryPolicy({ ...endless, backoff, handleResult: () => true });
    const policies = [new TimeoutPolicy({ timeout: '20ms' }), values] as const;
    expect(isTimeout(await rejection(new Failsafe({ policies }).execute(() => 1)))).toBe(true);
  });

  it('end at the deadline of an outer timeout on a manual clock', async () => {
    const clock = new ManualClock();
    const timeout = new TimeoutPolicy({ clock, timeout: '50ms' });
    const retry = new RetryPolicy({ clock, ...endless });
    const chain = new Failsafe({ policies: [timeout, retry] });
    const caught = rejection(chain.execute(failing)).then((error) => [clock.now(), error]);
    await clock.advance('1s');
    expect(await caught).toEqual([50, expect.any(Error)]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('need no timer for up to a hundred in a row', async () => {
    const clock = new ManualClock();
    const retry = new RetryPolicy({ clock, maxRetries: 100, backoff: Backoff.none });
    expect(await fail(retry)).toBeInstanceOf(RetriesExceededError);
    expect(clock.pendingTimers).toBe(0);
  });

  it('wait for a timer of their clock after that, and leave none when aborted', async () => {
    const clock = new ManualClock();
    const retry = new RetryPolicy({ clock, ...endless });
    const caller = new AbortController();
    let attempts = 0;
    const caught = rejection(
      retry.execute(
        () => {
          attempts++;
          throw boom;
        },
        { signal: caller.signal },
      ),
    );
    await settle();
    expect([attempts, clock.pendingTimers]).toEqual([101, 1]);
    caller.abort('enough');
    expect(await caught).toBe('enough');
    expect([attempts, clock.pendingTimers]).toEqual([101, 0]);
  });

  it('wait sooner if the attempts take long', async () => {
    const clock = new ManualClock();
    let time = 0;
    clock.now = () => time;
    let attempts = 0;
    const retry = new RetryPolicy({ clock, ...endless });
    void retry
      .execute(() => {
        time += 3;
        attempts++;
        throw boom;
      })
      .catch(() => {});
    await settle();
    expect([attempts, clock.pendingTimers]).toEqual([10, 1]);
  });

  it('are counted from 0 again after a wait', async () => {
    const clock = new ManualClock();
    const error = Object.assign(new Error('busy'), { retryAfter: 10 });
    const retry = new RetryPolicy({ clock, ...endless });
    let attempts = 0;
    void retry
      .execute(() => {
        attempts++;
        throw attempts === 60 ? error : boom;
      })
      .catch(() => {});
    await clock.advance(9);
    expect(attempts).toBe(60);
    await clock.advance(1);
    expect(attempts).toBe(161);
    await clock.advance(1);
    expect(attempts).toBe(262);
  });
});
