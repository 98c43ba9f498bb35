import { describe, expect, it } from 'vitest';
import {
  Backoff,
  CircuitBreakerPolicy,
  Failsafe,
  RetryPolicy,
  TimeoutPolicy,
} from '@highway/resilience';
import type { CallContext, Policy } from '@highway/resilience';
import { ManualClock, settle } from '@highway/resilience/testing';
import { boom, hold, rejection } from '../support/calls.ts';
import { transparentPolicies } from '../support/policies.ts';

function contextOf(policy: Policy, signal?: AbortSignal): Promise<CallContext> {
  return policy.execute((context) => context, { signal });
}

describe.each(transparentPolicies)('the context of a call through %s', (_name, make) => {
  it('has a signal that is not aborted, even if the caller has none', async () => {
    const { signal } = await contextOf(make());
    expect(signal).toBeInstanceOf(AbortSignal);
    expect(signal.aborted).toBe(false);
  });

  it('has the same signal at each read', async () => {
    const context = await contextOf(make(), new AbortController().signal);
    expect(context.signal).toBe(context.signal);
  });

  it('has a signal that aborts when the caller does, with the same reason', async () => {
    const caller = new AbortController();
    const call = hold(make(), { signal: caller.signal });
    const { signal } = call.context!;
    const heard: unknown[] = [];
    signal.addEventListener('abort', () => heard.push(signal.reason));
    caller.abort(boom);
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toBe(boom);
    await settle();
    expect(heard).toEqual([boom]);
    await call.succeed();
  });

  it('has an aborted signal if it is first read after the abort', async () => {
    const caller = new AbortController();
    const call = hold(make(), { signal: caller.signal });
    caller.abort(boom);
    expect(call.context!.signal.aborted).toBe(true);
    expect(call.context!.signal.reason).toBe(boom);
    await call.succeed();
  });

  it('has attempt 1 at the first attempt', async () => {
    expect((await contextOf(make())).attempt).toBe(1);
  });

  it('can be disarmed, and its signal stays linked to the caller’s', async () => {
    const caller = new AbortController();
    const call = hold(make(), { signal: caller.signal });
    const { signal } = call.context!;
    call.context!.disarm();
    call.context!.disarm();
    caller.abort(boom);
    expect(signal.aborted).toBe(true);
    await call.succeed();
    expect(await call.result).toBe('fine');
  });
});

describe('context.attempt', () => {
  it('counts the attempts of a retry', async () => {
    const attempts: number[] = [];
    const retry = new RetryPolicy({ backoff: Backoff.none, maxRetries: 2 });
    const failing = retry.execute(({ attempt }) => {
      attempts.push(attempt);
      throw boom;
    });
    await rejection(failing);
    expect(attempts).toEqual([1, 2, 3]);
  });

  it('counts them through policies inside the retry', async () => {
    const attempts: number[] = [];
    const retry = new RetryPolicy({ backoff: Backoff.none, maxRetries: 2 });
    const failsafe = new Failsafe({ policies: [retry, new CircuitBreakerPolicy()] });
    const failing = failsafe.execute(({ attempt }) => {
      attempts.push(attempt);
      throw boom;
    });
    await rejection(failing);
    expect(attempts).toEqual([1, 2, 3]);
  });
});

describe('a context', () => {
  it('can be destructured', async () => {
    const clock = new ManualClock();
    const timeout = new TimeoutPolicy({ clock, timeout: 50 });
    const result = timeout.execute(({ signal, disarm, attempt }) => {
      disarm();
      return clock.advance(100).then(() => [signal.aborted, attempt]);
    });
    expect(await result).toEqual([false, 1]);
  });

  it('can be spread, and copied by Object.assign', async () => {
    const clock = new ManualClock();
    const timeout = new TimeoutPolicy({ clock, timeout: 50 });
    const seen: unknown[] = [];
    const result = timeout.execute((context) => {
      for (const copy of [{ ...context }, Object.assign({}, context)]) {
        seen.push(copy.signal === context.signal, copy.attempt, typeof copy.disarm);
      }
      seen.push(Object.keys(context).sort());
      const { attempt, ...rest } = context;
      rest.disarm();
      return clock.advance(100).then(() => [attempt, rest.signal.aborted]);
    });
    expect(await result).toEqual([1, false]);
    expect(seen).toEqual([
      ...[true, 1, 'function', true, 1, 'function'],
      ['attempt', 'data', 'disarm', 'signal'],
    ]);
  });

  it('has a signal whose throwIfAborted throws the reason once the caller has aborted', async () => {
    const caller = new AbortController();
    const run = new CircuitBreakerPolicy().execute(
      ({ signal }) => {
        signal.throwIfAborted();
        caller.abort(boom);
        signal.throwIfAborted();
      },
      { signal: caller.signal },
    );
    expect(await rejection(run)).toBe(boom);
  });
});

describe('context.signal', () => {
  it('is not shared by calls without a caller’s signal', async () => {
    const breaker = new CircuitBreakerPolicy();
    const one = await contextOf(breaker);
    const other = await contextOf(breaker);
    expect(one.signal).not.toBe(other.signal);
  });

  it('is aborted in each attempt after the caller has aborted', async () => {
    const caller = new AbortController();
    const seen: boolean[] = [];
    const retry = new RetryPolicy({ backoff: Backoff.none });
    const result = retry.execute(
      ({ signal }) => {
        seen.push(signal.aborted);
        caller.abort(boom);
        seen.push(signal.aborted);
        throw boom;
      },
      { signal: caller.signal },
    );
    await rejection(result);
    expect(seen).toEqual([false, true]);
  });
});
