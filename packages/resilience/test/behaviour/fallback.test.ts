import { describe, expect, it } from 'vitest';
import { Failsafe, FallbackPolicy, TimeoutPolicy } from '@highway/resilience';
import type { CallContext } from '@highway/resilience';
import { ManualClock, settle } from '@highway/resilience/testing';
import { boom, fail, hold, rejection, thrown } from '../support/calls.ts';
import { CountedSignal } from '../support/counted-signal.ts';

describe('a fallback', () => {
  it('passes a success on, and does not run', async () => {
    let asked = false;
    const policy = new FallbackPolicy({ fallback: () => (asked = true) });
    expect(await policy.execute(() => 'fine')).toBe('fine');
    expect(asked).toBe(false);
  });

  it('answers an error with a value, whatever that is (failsafe-java #267)', async () => {
    for (const value of [5, null, undefined, 0, false, '', [1]]) {
      expect(
        await new FallbackPolicy({ fallback: value }).execute(() => Promise.reject(boom)),
      ).toBe(value);
    }
  });

  it('answers with what its function returns, now or later', async () => {
    const given = (error: unknown): unknown[] => ['sorry', error];
    for (const fallback of [given, async (error: unknown) => given(error)]) {
      const policy = new FallbackPolicy({ fallback });
      expect(await policy.execute(() => Promise.reject(boom))).toEqual(['sorry', boom]);
      const throwing = policy.execute(() => {
        throw boom;
      });
      expect(await throwing).toEqual(['sorry', boom]);
    }
  });

  it('passes its function the context of the failed call', async () => {
    const caller = new CountedSignal();
    const seen: CallContext[] = [];
    const policy = new FallbackPolicy({
      fallback: (_error, context) => {
        seen.push(context);
        return new Promise(() => {});
      },
    });
    policy.execute(() => Promise.reject(boom), { signal: caller.signal }).catch(() => {});
    await settle();
    expect(seen.map(({ attempt }) => attempt)).toEqual([1]);
    expect(seen[0]!.signal.aborted).toBe(false);
  });

  it('rethrows an error unchanged if `handle` returns false for it', async () => {
    const other = new Error('other');
    const policy = new FallbackPolicy({ fallback: 0, handle: (error) => error === boom });
    expect(await policy.execute(() => Promise.reject(boom))).toBe(0);
    expect(await fail(policy, other)).toBe(other);
  });

  it('throws what `handle` throws', async () => {
    const other = new Error('from handle');
    const policy = new FallbackPolicy({
      fallback: 0,
      handle: () => {
        throw other;
      },
    });
    expect(await fail(policy)).toBe(other);
  });

  it('replaces values for which `handleResult` returns true, and disposes them', async () => {
    let disposed = 0;
    const bad = { [Symbol.dispose]: () => disposed++ };
    const errors: unknown[] = [];
    const policy = new FallbackPolicy<unknown>({
      fallback: (error: unknown) => {
        errors.push(error);
        return 'instead';
      },
      handleResult: (value) => value === bad,
    });
    expect(await policy.execute(() => bad)).toBe('instead');
    expect(await policy.execute(() => 'good')).toBe('good');
    expect(disposed).toBe(1);
    expect(errors).toEqual([undefined]);
  });

  it('must not be made without a fallback', () => {
    expect(() => new FallbackPolicy({} as never)).toThrow('fallback');
    expect(
      thrown(() => new FallbackPolicy({ fallback: 1, handel: () => true } as never)),
    ).toBeInstanceOf(TypeError);
  });

  it('shows its settings', () => {
    const policy = new FallbackPolicy({ name: 'prices', fallback: 5 });
    expect(policy.settings).toEqual({ type: 'fallback', name: 'prices' });
  });

  it('does not run for an error for which `handle` returns false (opossum #540 #556 #567)', async () => {
    let runs = 0;
    const fallback = new FallbackPolicy({
      fallback: () => ++runs,
      handle: (error) => error !== boom,
    });
    expect(await fail(fallback, boom)).toBe(boom);
    expect(runs).toBe(0);
  });
});

describe('an error of the fallback itself', () => {
  const answerWith = (fallback: (error: unknown) => unknown): Promise<unknown> =>
    fail(new FallbackPolicy({ fallback }));

  it('is thrown, with the first error as its cause (opossum #510)', async () => {
    const own = [new Error('sync'), new TypeError('async')];
    const errors = [
      await answerWith(() => {
        throw own[0]!;
      }),
      await answerWith(() => Promise.reject(own[1]!)),
    ] as Error[];
    errors.forEach((error, i) => {
      expect(error.constructor).toBe(own[i]!.constructor);
      expect([error.message, error.stack]).toEqual([own[i]!.message, own[i]!.stack]);
      expect(Object.getOwnPropertyDescriptor(error, 'cause')).toEqual(
        Object.getOwnPropertyDescriptor(new Error('made', { cause: boom }), 'cause'),
      );
    });
  });

  it('is not modified, so that no caller learns of another’s call', async () => {
    class Unavailable extends Error {
      readonly status = 503;
      override readonly name = 'Unavailable';
    }
    for (const shared of [new Unavailable('down'), Object.freeze(new Unavailable('down'))]) {
      const before = Object.getOwnPropertyDescriptors(shared);
      const policy = new FallbackPolicy({ fallback: () => Promise.reject(shared) });
      const firsts = ['ada', 'bob'].map((caller) => new Error(caller));
      const errors = await Promise.all(firsts.map((first) => fail(policy, first)));
      errors.forEach((error, i) => {
        expect(error).toBeInstanceOf(Unavailable);
        expect(error).toMatchObject({ message: 'down', name: 'Unavailable', status: 503 });
        expect((error as Error).cause).toBe(firsts[i]);
      });
      expect(Object.getOwnPropertyDescriptors(shared)).toEqual(before);
    }
  });

  it('is thrown unchanged if a copy would not work like it', async () => {
    class Guarded extends Error {
      readonly #status = 503;
      get status(): number {
        return this.#status;
      }
    }
    for (const own of [new Guarded('down'), new DOMException('down', 'AbortError')]) {
      expect(await answerWith(() => Promise.reject(own as Error))).toBe(own);
      expect(own).not.toHaveProperty('cause');
    }
  });

  it('may be the rejection of any object with a `then`', async () => {
    const own = new Error('own');
    const rejecting = {
      then: (_: unknown, reject: (error: unknown) => void) => {
        reject(own);
      },
    };
    expect(await answerWith(() => rejecting)).toMatchObject({ message: 'own', cause: boom });
  });

  it('is the first error, without a cause, if the fallback throws that again', async () => {
    const first = new Error('first');
    const policy = new FallbackPolicy({
      fallback: (error) => {
        throw error;
      },
    });
    expect(await fail(policy, first)).toBe(first);
    expect(first).not.toHaveProperty('cause');
  });

  it('keeps its own cause', async () => {
    const own = new Error('own', { cause: 'known' });
    expect(await answerWith(() => Promise.reject(own))).toBe(own);
    expect(own.cause).toBe('known');
  });

  it('is thrown unchanged if it can have no cause', async () => {
    for (const value of ['text', 5, null, undefined]) {
      expect(await answerWith(() => Promise.reject(value as unknown as Error))).toBe(value);
    }
  });

  it('has no cause if a value was the failure', async () => {
    const own = new Error('own');
    const policy = new FallbackPolicy({
      handleResult: () => true,
      fallback: () => {
        throw own;
      },
    });
    expect(await rejection(policy.execute(() => 5))).toBe(own);
    expect(own).not.toHaveProperty('cause');
  });
});

describe('the caller’s own cancellation', () => {
  it('is rethrown by a fallback even if `handle` takes every error (cockatiel answers)', async () => {
    const policy = new FallbackPolicy({ fallback: 'instead', handle: () => true });
    const caller = new CountedSignal();
    const call = hold(policy, { signal: caller.signal });
    caller.abort(boom);
    await call.fail(boom);
    expect(await rejection(call.result)).toBe(boom);
    expect(caller.listeners).toBe(0);
  });

  it('is rethrown if the function wraps it in an error of its own', async () => {
    const policy = new FallbackPolicy({ fallback: 'instead' });
    const caller = new CountedSignal();
    const wrapped = new Error('fetch failed', { cause: boom });
    const call = hold(policy, { signal: caller.signal });
    caller.abort(boom);
    await call.fail(wrapped);
    expect(await rejection(call.result)).toBe(wrapped);
  });

  it('is rethrown if an inner timeout passes it on at once', async () => {
    const timeout = new TimeoutPolicy({ clock: new ManualClock(), timeout: 100 });
    const policy = new Failsafe({ policies: [new FallbackPolicy({ fallback: 'no' }), timeout] });
    const caller = new CountedSignal();
    const result = policy.execute(() => new Promise(() => {}), { signal: caller.signal });
    caller.abort(boom);
    expect(await rejection(result)).toBe(boom);
    expect(caller.listeners).toBe(0);
  });

  it('runs nothing if it came before the call', async () => {
    const asked: string[] = [];
    const policy = new FallbackPolicy({ fallback: () => asked.push('fallback') });
    const signal = AbortSignal.abort(boom);
    expect(await rejection(policy.execute(() => asked.push('function'), { signal }))).toBe(boom);
    expect(asked).toEqual([]);
  });

  it('is not confused with an error that looks like it', async () => {
    const policy = new FallbackPolicy({ fallback: 'instead' });
    const signal = new AbortController().signal;
    const look = new DOMException('aborted', 'AbortError');
    expect(await policy.execute(() => Promise.reject(look), { signal })).toBe('instead');
  });
});
