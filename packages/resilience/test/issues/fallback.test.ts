import { describe, expect, it } from 'vitest';
import { Failsafe, FallbackPolicy, TimeoutPolicy } from '@highway/resilience';
import { ManualClock, settle } from '@highway/resilience/testing';
import { boom, fail, hold, rejection } from '../support/calls.ts';

describe('a fallback', () => {
  it('runs once for a call that takes too long, also where that fails later (opossum #198 #201)', async () => {
    const clock = new ManualClock();
    let runs = 0;
    const fallback = new FallbackPolicy({ fallback: () => ++runs });
    const timeout = new TimeoutPolicy({ clock, timeout: '1s' });
    const call = hold(new Failsafe({ policies: [fallback, timeout] }));
    await clock.advance('1s');
    expect(await call.result).toBe(1);
    await call.fail();
    await settle();
    expect(runs).toBe(1);
  });

  it('does not run for an error that it does not handle, which reaches the caller (opossum #540 #556 #567)', async () => {
    let runs = 0;
    const fallback = new FallbackPolicy({
      fallback: () => ++runs,
      handle: (error) => error !== boom,
    });
    expect(await fail(fallback, boom)).toBe(boom);
    expect(runs).toBe(0);
  });

  it('that fails rejects the call, with the first error as the cause (opossum #510)', async () => {
    const broken = new Error('fallback');
    const answers = [
      (): never => {
        throw broken;
      },
      () => Promise.reject(broken),
    ];
    for (const answer of answers) {
      const caught = await fail(new FallbackPolicy({ fallback: answer }), boom);
      expect(caught).toBeInstanceOf(Error);
      expect(caught).toMatchObject({ message: 'fallback', cause: boom });
    }
  });

  it.each([null, undefined, 0, '', false])('of %s is kept (failsafe-java #267)', async (value) => {
    const fallback = new FallbackPolicy({ fallback: value });
    expect(await fallback.execute(() => Promise.reject(boom))).toBe(value);
  });

  it('does not answer a caller who has cancelled (cockatiel answers)', async () => {
    const caller = new AbortController();
    const fallback = new FallbackPolicy({ fallback: 'instead' });
    const call = hold(fallback, { signal: caller.signal });
    caller.abort(boom);
    await call.fail(boom);
    expect(await rejection(call.result)).toBe(boom);
  });
});
