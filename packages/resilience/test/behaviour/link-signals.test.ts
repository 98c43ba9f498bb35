import { describe, expect, it } from 'vitest';
import {
  CircuitBreakerPolicy,
  linkSignals,
  RetryPolicy,
  TimeoutExceededError,
  TimeoutPolicy,
} from '@highway/resilience';
import { ManualClock, settle } from '@highway/resilience/testing';
import { boom, hold, rejection, thrown } from '../support/calls.ts';
import { CountedSignal } from '../support/counted-signal.ts';
import { unhandledRejections } from '../support/unhandled-rejections.ts';

describe('a linked signal', () => {
  it('aborts when the first of its signals does, with its reason', async () => {
    const [one, other] = [new AbortController(), new AbortController()];
    const signal = linkSignals([one.signal, other.signal]);
    const heard: unknown[] = [];
    signal.addEventListener('abort', () => heard.push(signal.reason));
    expect(signal).toBeInstanceOf(AbortSignal);
    expect(signal.aborted).toBe(false);
    expect(signal.reason).toBe(undefined);
    other.abort(boom);
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toBe(boom);
    one.abort('later');
    await settle();
    expect(heard).toEqual([boom]);
    expect(signal.reason).toBe(boom);
    expect(
      thrown(() => {
        signal.throwIfAborted();
      }),
    ).toBe(boom);
  });

  it('is aborted from the start if one of its signals is, with the reason of the first', async () => {
    const counted = new CountedSignal();
    const signal = linkSignals([
      counted.signal,
      AbortSignal.abort(boom),
      AbortSignal.abort('other'),
    ]);
    expect([signal.aborted, signal.reason]).toEqual([true, boom]);
    expect(counted.most).toBe(0);
  });

  it('is a new signal, also if it is linked to one or none', () => {
    const { signal } = new AbortController();
    expect(linkSignals([signal])).not.toBe(signal);
    expect(linkSignals([]).aborted).toBe(false);
  });

  it('skips null and undefined, and takes any iterable', () => {
    const caller = new AbortController();
    const signal = linkSignals(new Set([undefined, caller.signal, null]));
    caller.abort(boom);
    expect(signal.reason).toBe(boom);
  });

  it('puts one listener on each signal, and takes it away once it is aborted', () => {
    const [one, other] = [new CountedSignal(), new CountedSignal()];
    const linked = Array.from({ length: 10 }, () =>
      linkSignals([one.signal, other.signal, one.signal]),
    );
    expect([one.most, other.most]).toEqual([1, 1]);
    one.abort(boom);
    expect(linked.every((signal) => signal.reason === boom)).toBe(true);
    expect([one.listeners, other.listeners]).toEqual([0, 0]);
  });

  it('keeps the listener for the others when one of them is aborted', () => {
    const shared = new CountedSignal();
    const [one, other] = [new AbortController(), new AbortController()];
    const first = linkSignals([shared.signal, one.signal]);
    const second = linkSignals([shared.signal, other.signal]);
    one.abort('one');
    expect([first.reason, second.aborted, shared.listeners]).toEqual(['one', false, 1]);
    shared.abort(boom);
    expect([first.reason, second.reason, shared.listeners]).toEqual(['one', boom, 0]);
  });

  it('can be linked to other linked signals', () => {
    const caller = new AbortController();
    const inner = linkSignals([caller.signal]);
    const outer = linkSignals([linkSignals([inner]), new AbortController().signal]);
    caller.abort(boom);
    expect([inner.reason, outer.reason]).toEqual([boom, boom]);
  });

  it('cancels the calls that get it, and is removed from none of its signals before', async () => {
    const counted = new CountedSignal();
    const signal = linkSignals([new AbortController().signal, counted.signal]);
    const call = hold(new RetryPolicy(), { signal });
    const { signal: own } = call.context!;
    counted.abort(boom);
    expect(own.reason).toBe(boom);
    await call.fail();
    expect(counted.listeners).toBe(0);
  });

  it('may be linked to the signal of a context, and tells of its timeout', async () => {
    const clock = new ManualClock();
    const timeout = new TimeoutPolicy({ clock, timeout: 50 });
    const breaker = new CircuitBreakerPolicy();
    const run = timeout.execute((context) => {
      const signal = linkSignals([context.signal, new AbortController().signal]);
      return breaker.execute(() => new Promise(() => {}), { signal });
    });
    const ended = rejection(run);
    await clock.advance(50);
    expect(await ended).toBeInstanceOf(TimeoutExceededError);
    await settle();
    expect(breaker.history.failureCount).toBe(1);
  });

  it('runs its listeners in the microtask after the abort, not within it', async () => {
    const caller = new AbortController();
    const signal = linkSignals([caller.signal]);
    const told: string[] = [];
    signal.onabort = () => told.push('heard');
    caller.abort();
    told.push('aborted');
    await settle();
    expect(told).toEqual(['aborted', 'heard']);
  });
});

describe('linkSignals', () => {
  it.each<[string, () => unknown, RegExp]>([
    ['a signal', () => AbortSignal.abort(), /^signals: an AbortSignal is invalid; expected an arr/],
    ['nothing', () => undefined, /^signals: undefined is invalid/],
    ['a string', () => 'abc', /^signals: "abc" is invalid/],
    ['a controller in the list', () => [null, new AbortController()], /^signals\[1\]: an AbortCon/],
    ['a promise in the list', () => [Promise.reject(boom)], /^signals\[0\]: a Promise is not an A/],
  ])('throws for %s', async (_what, given, message) => {
    const lost = await unhandledRejections(() => {
      expect(thrown(() => linkSignals(given() as never))).toMatchObject({
        name: 'TypeError',
        message: expect.stringMatching(message) as unknown,
      });
    });
    expect(lost).toEqual([]);
  });

  it('listens to nothing if one of its signals is invalid', () => {
    const counted = new CountedSignal();
    expect(thrown(() => linkSignals([counted.signal, 5 as never]))).toBeInstanceOf(TypeError);
    expect(counted.most).toBe(0);
  });
});
