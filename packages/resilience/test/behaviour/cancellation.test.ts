import { describe, expect, it } from 'vitest';
import { Backoff, CircuitBreakerPolicy, Failsafe, RetryPolicy } from '@highway/resilience';
import { ManualClock, settle } from '@highway/resilience/testing';
import { boom, hold, rejection } from '../support/calls.ts';
import { CountedSignal } from '../support/counted-signal.ts';
import { collectWarnings } from '../support/host.ts';
import { transparentPolicies } from '../support/policies.ts';

const reason = new Error('changed my mind');

describe.each(transparentPolicies)('%s, given a signal that is aborted already,', (_name, make) => {
  it('runs nothing and throws the reason', async () => {
    for (const reason of [boom, 'text', 0, null]) {
      let ran = false;
      const signal = AbortSignal.abort(reason);
      const error = await rejection(make().execute(() => (ran = true), { signal }));
      expect(error).toBe(reason);
      expect(ran).toBe(false);
    }
  });

  it('throws the AbortError that signals have by themselves', async () => {
    const error = await rejection(make().execute(() => 1, { signal: AbortSignal.abort() }));
    expect((error as Error).name).toBe('AbortError');
  });

  it('leaves no listener on it', async () => {
    const caller = new CountedSignal();
    caller.abort(boom);
    await rejection(make().execute(() => 1, { signal: caller.signal }));
    expect(caller.listeners).toBe(0);
  });
});

describe.each(transparentPolicies)(
  '%s, given a signal that is not an AbortSignal,',
  (_name, make) => {
    it.each([new AbortController(), {}, 'text', 5])('rejects and runs nothing', async (signal) => {
      const policy = make();
      for (let i = 0; i < 2; i++) {
        let ran = false;
        const error = await rejection(policy.execute(() => (ran = true), { signal } as never));
        expect(error).toBeInstanceOf(TypeError);
        expect((error as Error).message).toContain('signal');
        expect(ran).toBe(false);
      }
    });
  },
);

describe.each(transparentPolicies)('%s, when the caller aborts during the call,', (_name, make) => {
  it('waits for the function, and returns its value', async () => {
    const caller = new AbortController();
    const call = hold(make(), { signal: caller.signal });
    caller.abort(boom);
    await call.succeed('late');
    expect(await call.result).toBe('late');
  });

  it('waits for the function, and throws its error', async () => {
    const caller = new AbortController();
    const call = hold(make(), { signal: caller.signal });
    caller.abort(boom);
    const other = new Error('other');
    await call.fail(other);
    expect(await rejection(call.result)).toBe(other);
  });

  it('lets a function that heeds its signal end with the reason', async () => {
    const caller = new AbortController();
    const result = make().execute(
      ({ signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error));
        }),
      { signal: caller.signal },
    );
    caller.abort(boom);
    expect(await rejection(result)).toBe(boom);
  });
});

describe.each(transparentPolicies)('a thousand calls at once through %s', (_name, make) => {
  it('cost one listener on the signal that they share, and leave none', async () => {
    const policies = Array.from({ length: 1000 }, make);
    const caller = new CountedSignal();
    const calls = policies.map((policy) => hold(policy, { signal: caller.signal }));
    expect(calls.every((call) => call.ran)).toBe(true);
    expect(caller.most).toBeLessThanOrEqual(1);
    await Promise.all(calls.map((call, i) => call.settle(i % 3 === 0 ? '0' : '1')));
    expect(caller.listeners).toBe(0);
    expect(caller.most).toBeLessThanOrEqual(1);
  });

  it('cost no more if each function listens to its own signal', async () => {
    const caller = new CountedSignal();
    let heard = 0;
    const warnings = await collectWarnings(async () => {
      const calls = Array.from({ length: 1000 }, () => hold(make(), { signal: caller.signal }));
      for (const call of calls) call.context?.signal.addEventListener('abort', () => heard++);
      expect(caller.most).toBeLessThanOrEqual(1);
      caller.abort(boom);
      await settle();
      expect(heard).toBe(1000);
      await Promise.all(calls.map((call) => call.succeed()));
    });
    expect(warnings).toEqual([]);
    expect(caller.listeners).toBe(0);
  });
});

describe('a signal that outlives its calls', () => {
  it('has no listener after a thousand calls in a row', async () => {
    const caller = new CountedSignal();
    const failsafe = new Failsafe({
      policies: [
        new RetryPolicy({ backoff: Backoff.none, maxRetries: 1 }),
        new CircuitBreakerPolicy({ failureThreshold: '1000/1000' }),
      ],
    });
    for (let i = 0; i < 1000; i++) {
      await failsafe
        .execute(
          async () => {
            for (let turn = i % 5; turn > 0; turn--) await Promise.resolve();
            if (i % 2 === 0) throw boom;
          },
          { signal: caller.signal },
        )
        .catch(() => {});
      expect(caller.listeners).toBe(0);
    }
    expect(caller.most).toBe(1);
  });

  it('has no listener after the abort', async () => {
    const clock = new ManualClock();
    const retry = new RetryPolicy({ clock });
    const caller = new CountedSignal();
    const result = retry.execute(() => Promise.reject(boom), { signal: caller.signal });
    await clock.advance(0);
    expect(caller.listeners).toBe(1);
    caller.abort('enough');
    expect(await rejection(result)).toBe('enough');
    expect(caller.listeners).toBe(0);
  });

  it('has no listener after a policy has rejected the call', async () => {
    const breaker = new CircuitBreakerPolicy();
    breaker.open();
    const caller = new CountedSignal();
    await rejection(breaker.execute(() => 1, { signal: caller.signal }));
    expect(caller.listeners).toBe(0);
  });

  it('aborts each of the calls that share it', async () => {
    const caller = new AbortController();
    const policy = new CircuitBreakerPolicy();
    const calls = Array.from({ length: 5 }, () => hold(policy, { signal: caller.signal }));
    await calls[2]!.succeed();
    caller.abort(boom);
    for (const i of [0, 1, 3, 4]) expect(calls[i]!.context!.signal.aborted).toBe(true);
    await Promise.all(calls.map((call) => call.succeed()));
    expect(policy.history.length).toBe(1);
  });

  it('has one listener for any number of calls at once, and none after them (cockatiel #69 #81)', async () => {
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

  it('passes its reason on to the signal of the call (cockatiel #101, Polly #3094)', async () => {
    const caller = new AbortController();
    const failsafe = new Failsafe({ policies: [new RetryPolicy(), new CircuitBreakerPolicy()] });
    const call = hold(failsafe, { signal: caller.signal });
    const signal = call.context!.signal;
    caller.abort(reason);
    expect([signal.aborted, signal.reason]).toEqual([true, reason]);
    await call.fail(signal.reason);
    expect(await rejection(call.result)).toBe(reason);
  });

  it('aborts no other call of the policy (failsafe-go #136 #122 #134)', async () => {
    const breaker = new CircuitBreakerPolicy();
    const [one, other] = [new AbortController(), new AbortController()];
    const first = hold(breaker, { signal: one.signal });
    const second = hold(breaker, { signal: other.signal });
    one.abort(reason);
    expect(first.context?.signal.aborted).toBe(true);
    expect(second.context?.signal.aborted).toBe(false);
  });
});
