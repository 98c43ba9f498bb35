import { describe, expect, it } from 'vitest';
import { isRejection, isTimeout, TimeoutExceededError, TimeoutPolicy } from '@highway/resilience';
import type { CallContext, Duration } from '@highway/resilience';
import { ManualClock, settle } from '@highway/resilience/testing';
import { boom, hold, rejection } from '../support/calls.ts';

function timeoutOf(timeout: Duration | ((context: CallContext) => Duration), name = 'slow') {
  const clock = new ManualClock();
  return { clock, policy: new TimeoutPolicy({ name, clock, timeout }) };
}

describe('a timeout', () => {
  it('returns what the function returns in time, and throws what it throws', async () => {
    const { policy } = timeoutOf(100);
    expect(await policy.execute(() => 5)).toBe(5);
    expect(await policy.execute(async () => 6)).toBe(6);
    expect(await rejection(policy.execute(() => Promise.reject(boom)))).toBe(boom);
    const throwing = policy.execute(() => {
      throw boom;
    });
    expect(await rejection(throwing)).toBe(boom);
  });

  it('rejects at the deadline and not before, even if the function ignores its signal', async () => {
    const { clock, policy } = timeoutOf(100);
    let ended = false;
    const call = hold(policy);
    call.result.catch(() => (ended = true));
    await clock.advance(99.999);
    expect(ended).toBe(false);
    await clock.advance(0.001);
    expect(ended).toBe(true);
  });

  it('rejects with an error that has its name and the time allowed', async () => {
    const { clock, policy } = timeoutOf('2s');
    const call = hold(policy);
    await clock.advance('2s');
    const error = (await rejection(call.result)) as TimeoutExceededError;
    expect(error).toBeInstanceOf(TimeoutExceededError);
    expect(error.name).toBe('TimeoutExceededError');
    expect(error.code).toBe('ERR_TIMEOUT');
    expect(error.policyName).toBe('slow');
    expect(error.timeoutMs).toBe(2000);
    expect(error.message).toContain('2000 ms');
    expect(isTimeout(error)).toBe(true);
    // The call ran, so nobody rejected it.
    expect(isRejection(error)).toBe(false);
  });

  it('reports the time allowed as it was given, whatever the clock shows', async () => {
    for (const start of [0.1, 2.3, 12_345.678, 1e9 / 3]) {
      const { clock, policy } = timeoutOf(60.1);
      const told: number[] = [];
      policy.on('timeout', ({ timeoutMs }) => told.push(timeoutMs));
      await clock.advance(start);
      const call = hold(policy);
      await clock.advance(61);
      const error = (await rejection(call.result)) as TimeoutExceededError;
      expect([error.timeoutMs, told]).toEqual([60.1, [60.1]]);
      expect(error.message).toContain(' 60.1 ms');
    }
  });

  it('aborts the signal with the same error that the caller gets', async () => {
    const { clock, policy } = timeoutOf(100);
    const call = hold(policy);
    const { signal } = call.context!;
    const heard: unknown[] = [];
    signal.addEventListener('abort', () => heard.push(signal.reason));
    expect(signal.aborted).toBe(false);
    await clock.advance(100);
    const error = await rejection(call.result);
    expect(signal.aborted).toBe(true);
    expect(heard).toEqual([error]);
    expect(heard[0]).toBe(error);
  });

  it('has aborted a signal that is first read after the deadline', async () => {
    const { clock, policy } = timeoutOf(100);
    const call = hold(policy);
    await clock.advance(100);
    expect(call.context!.signal.reason).toBe(await rejection(call.result));
  });

  it('ignores what the function returns or throws after the deadline', async () => {
    const { clock, policy } = timeoutOf(100);
    const calls = [hold(policy), hold(policy)];
    await clock.advance(100);
    await calls[0]!.succeed();
    await calls[1]!.fail();
    await settle();
    for (const call of calls) expect(await rejection(call.result)).toBeInstanceOf(Error);
    for (const call of calls) expect(isTimeout(await rejection(call.result))).toBe(true);
  });

  it('reports nothing more when a function that heeds its signal ends', async () => {
    const { clock, policy } = timeoutOf(100);
    const result = policy.execute(
      ({ signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('its own')));
        }),
    );
    const error = rejection(result);
    await clock.advance(100);
    expect(isTimeout(await error)).toBe(true);
  });

  it('measures each call from its own start', async () => {
    const { clock, policy } = timeoutOf(100);
    const ends: string[] = [];
    const start = (label: string): void => {
      hold(policy).result.catch(() => ends.push(`${label} at ${clock.now()}`));
    };
    start('a');
    await clock.advance(30);
    start('b');
    await clock.advance(30);
    start('c');
    await clock.advance(200);
    expect(ends).toEqual(['a at 100', 'b at 130', 'c at 160']);
  });

  it('never ends a call if it is Infinity', async () => {
    const { clock, policy } = timeoutOf(Infinity);
    const call = hold(policy);
    await clock.advance({ days: 5000 });
    expect(clock.pendingTimers).toBe(0);
    await call.succeed('late');
    expect(await call.result).toBe('late');
  });

  it('may be longer than a timer can hold', async () => {
    const { clock, policy } = timeoutOf({ days: 60 });
    const call = hold(policy);
    await clock.advance({ days: 59, hours: 23 });
    expect(call.context!.signal.aborted).toBe(false);
    await clock.advance({ hours: 1 });
    expect(isTimeout(await rejection(call.result))).toBe(true);
  });

  it('of 0 ends a call that does not settle at once', async () => {
    const { clock, policy } = timeoutOf(0);
    const call = hold(policy);
    await clock.advance(0);
    expect(isTimeout(await rejection(call.result))).toBe(true);
  });

  it('does not end a call before its time, and emits one event for each outcome (cockatiel #16 #27)', async () => {
    const clock = new ManualClock();
    const timeout = new TimeoutPolicy({ clock, timeout: '1s' });
    const told: string[] = [];
    for (const type of ['success', 'failure', 'timeout'] as const) {
      timeout.on(type, () => told.push(type));
    }
    const inTime = hold(timeout);
    await clock.advance(999);
    await inTime.succeed();
    expect(told).toEqual(['success']);
    const late = hold(timeout);
    await clock.advance('1s');
    await late.fail();
    expect(told).toEqual(['success', 'timeout']);
  });

  it('does not mask an error that comes just at the deadline (Polly #620, failsafe-java 2.3.0)', async () => {
    const clock = new ManualClock();
    const timeout = new TimeoutPolicy({ clock, timeout: '1s' });
    const work = (): Promise<never> =>
      new Promise((_resolve, reject) => {
        clock.setTimeout(() => reject(boom), 1_000);
      });
    const call = rejection(timeout.execute(work));
    await clock.advance('1s');
    expect(await call).toBe(boom);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('a timeout that is a function', () => {
  it('is called for each attempt, with its context', async () => {
    const seen: CallContext[] = [];
    const { clock, policy } = timeoutOf((context) => {
      seen.push(context);
      return context.attempt === 1 ? '50ms' : 70;
    });
    const call = hold(policy);
    await clock.advance(50);
    expect(((await rejection(call.result)) as TimeoutExceededError).timeoutMs).toBe(50);
    expect(seen.map(({ attempt }) => attempt)).toEqual([1]);
    // Its signal is the one that the function has.
    expect(seen[0]!.signal.aborted).toBe(true);
  });

  it('rejects the call if it throws, and the function does not run', async () => {
    const { clock, policy } = timeoutOf(() => {
      throw boom;
    });
    let ran = false;
    expect(await rejection(policy.execute(() => (ran = true)))).toBe(boom);
    expect([ran, clock.pendingTimers]).toEqual([false, 0]);
  });

  it('rejects the call if it returns no duration, and the error names the option', async () => {
    for (const bad of [-1, Number.NaN, 'soon'] as const) {
      const { policy } = timeoutOf(() => bad);
      const error = (await rejection(policy.execute(() => 1))) as Error;
      expect(error.message).toContain('timeout');
    }
  });

  it('may return Infinity', async () => {
    const { clock, policy } = timeoutOf(() => Infinity);
    const call = hold(policy);
    await clock.advance('1h');
    await call.succeed();
    expect(await call.result).toBe('fine');
  });
});
