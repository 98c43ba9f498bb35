import { describe, expect, it } from 'vitest';
import { CachePolicy } from '@highway/resilience';
import type { CacheOptions } from '@highway/resilience';
import { ManualClock, settle } from '@highway/resilience/testing';
import { boom, rejection } from '../support/calls.ts';
import { CountedSignal } from '../support/counted-signal.ts';
import { Racers } from '../support/racers.ts';
import { unhandledRejections } from '../support/unhandled-rejections.ts';

function make(options: Partial<CacheOptions> = {}) {
  const clock = new ManualClock();
  const cache = new CachePolicy({ ttl: 100, clock, ...options });
  const racers = new Racers();
  const call = (signal?: AbortSignal, key: unknown = 'a'): Promise<unknown> => {
    const result = cache.execute(racers.run, { key, signal });
    result.catch(() => {});
    return result;
  };
  return { clock, cache, racers, call };
}

describe('concurrent calls with the same key', () => {
  it('share one execution and its value (resilience4j #1809)', async () => {
    const { cache, racers, call } = make();
    const calls = [call(), call(), call()];
    expect(racers.count).toBe(1);
    racers.resolve(1, 'shared');
    expect(await Promise.all(calls)).toEqual(['shared', 'shared', 'shared']);
    expect(cache.size).toBe(1);
  });

  it('share its error, which is forgotten before they hear of it (opossum #908)', async () => {
    const { racers, call } = make();
    const [first, second] = [call(), call()];
    racers.reject(1, boom);
    expect(await rejection(first)).toBe(boom);
    const again = call();
    expect(racers.count).toBe(2);
    expect(await rejection(second)).toBe(boom);
    racers.resolve(2, 'fine');
    expect(await again).toBe('fine');
  });

  it('each get a promise of their own, whose rejection each has to handle', async () => {
    const { racers, cache } = make();
    const reasons = await unhandledRejections(async () => {
      const caught = cache.execute(racers.run, { key: 'a' });
      void cache.execute(racers.run, { key: 'a' });
      racers.reject(1, boom);
      await rejection(caught);
    });
    expect(reasons).toEqual([boom]);
  });

  it('are separate if their keys differ or they have none', async () => {
    const { racers, call, cache } = make();
    void call(undefined, 'a');
    void call(undefined, 'b');
    expect(racers.count).toBe(2);
    void cache.execute(racers.run, { key: undefined });
    void cache.execute(racers.run);
    expect(racers.count).toBe(4);
  });

  it('share an execution with a ttl of 0, too', async () => {
    const { racers, call, cache } = make({ ttl: 0 });
    const calls = [call(), call()];
    expect(racers.count).toBe(1);
    racers.resolve(1, 'shared');
    expect(await Promise.all(calls)).toEqual(['shared', 'shared']);
    expect(cache.size).toBe(0);
    void call();
    expect(racers.count).toBe(2);
  });

  it('of a wrapped function run it with `this` and the arguments of the first', async () => {
    const cache = new CachePolicy({ ttl: '1m', key: (...[id]: [string, number]) => id });
    const seen: unknown[] = [];
    const load = cache(function (this: unknown, id: string, page: number) {
      seen.push([this, id, page]);
      return 'fine';
    });
    await Promise.all([load.call('first', 'a', 1), load.call('second', 'a', 2)]);
    expect(seen).toEqual([['first', 'a', 1]]);
  });

  it('each run if coalesce is false, and are still cached', async () => {
    const { cache, racers, call } = make({ coalesce: false });
    const [first, second] = [call(), call()];
    expect(racers.count).toBe(2);
    racers.resolve(2, 'second');
    expect(await second).toBe('second');
    expect(await call()).toBe('second');
    racers.resolve(1, 'first');
    expect(await first).toBe('first');
    expect(await call()).toBe('first');
    expect(cache.size).toBe(1);
  });

  it('share an execution of a wrapped function, and ask for each call’s key once (opossum #904)', async () => {
    let asked = 0;
    const cache = new CachePolicy({
      clock: new ManualClock(),
      ttl: 0,
      key: (id: string) => {
        asked++;
        return id;
      },
    });
    let runs = 0;
    const load = cache(async (id: string) => `${id}${++runs}`);
    expect(await Promise.all([load('a'), load('a'), load('b')])).toEqual(['a1', 'a1', 'b2']);
    expect([asked, await load('a')]).toEqual([3, 'a3']);
  });
});

describe('a caller that aborts', () => {
  it('gets the reason at once, and does not cancel the others', async () => {
    const { racers, call } = make();
    const caller = new AbortController();
    const [staying, leaving] = [call(), call(caller.signal)];
    caller.abort(boom);
    expect(await rejection(leaving)).toBe(boom);
    expect(racers.signal(1).aborted).toBe(false);
    racers.resolve(1, 'fine');
    expect(await staying).toBe('fine');
  });

  it('does not cancel the others even if it came first (opossum #908)', async () => {
    const { racers, call } = make();
    const caller = new AbortController();
    const leaving = call(caller.signal);
    const staying = call(new AbortController().signal);
    caller.abort(boom);
    expect(await rejection(leaving)).toBe(boom);
    expect(racers.signal(1).aborted).toBe(false);
    racers.resolve(1, 'fine');
    expect(await staying).toBe('fine');
  });

  it('aborts the execution if it is the last one, and the next call starts another', async () => {
    const { cache, racers, call } = make();
    const [first, last] = [new AbortController(), new AbortController()];
    const calls = [call(first.signal), call(last.signal)];
    first.abort('first reason');
    expect(racers.signal(1).aborted).toBe(false);
    last.abort(boom);
    expect(racers.signal(1).reason).toBe(boom);
    expect(await rejection(calls[0]!)).toBe('first reason');
    expect(await rejection(calls[1]!)).toBe(boom);
    const next = call();
    expect(racers.count).toBe(2);
    racers.resolve(1, 'too late');
    await settle();
    expect(cache.size).toBe(0);
    racers.resolve(2, 'fine');
    expect(await next).toBe('fine');
    expect(await call()).toBe('fine');
  });

  it('leaves no unhandled rejection behind if it was the only one', async () => {
    const reasons = await unhandledRejections(async () => {
      const { racers, call } = make();
      const caller = new AbortController();
      const result = call(caller.signal);
      caller.abort(boom);
      await rejection(result);
      racers.reject(1, new Error('late'));
    });
    expect(reasons).toEqual([]);
  });

  it('has a late value disposed that nobody will get', async () => {
    const { racers, call } = make();
    const caller = new AbortController();
    const result = call(caller.signal);
    caller.abort(boom);
    await rejection(result);
    let disposed = 0;
    const symbol = (Symbol.dispose as symbol | undefined) ?? Symbol.for('Symbol.dispose');
    racers.resolve(1, { [symbol]: () => disposed++ });
    await settle();
    expect(disposed).toBe(1);
  });

  it('with a signal but without a key is not cached', async () => {
    const { cache, racers } = make();
    const { signal } = new AbortController();
    const calls = [1, 2].map(() => cache.execute(racers.run, { signal }));
    expect(racers.count).toBe(2);
    racers.resolve(1, 'first');
    racers.resolve(2, 'second');
    expect(await Promise.all(calls)).toEqual(['first', 'second']);
    expect(cache.size).toBe(0);
  });

  it('gets the reason at once without a key, and without coalescing, too', async () => {
    for (const { cache, racers } of [make(), make({ coalesce: false })]) {
      for (const key of [undefined, 'a']) {
        const caller = new AbortController();
        const result = cache.execute(racers.run, { key, signal: caller.signal });
        const { signal } = racers.started.at(-1)!.context;
        caller.abort(boom);
        expect(await rejection(result)).toBe(boom);
        expect(signal.reason).toBe(boom);
      }
    }
  });

  it('gets no value and runs nothing if its signal is aborted already', async () => {
    const { racers, cache, call } = make();
    await cache.execute(() => 'cached', { key: 'a' });
    expect(await rejection(call(AbortSignal.abort(boom)))).toBe(boom);
    expect(await rejection(call(AbortSignal.abort(boom), 'b'))).toBe(boom);
    expect(racers.count).toBe(0);
  });

  it('may be the function itself', async () => {
    const { cache } = make();
    const caller = new AbortController();
    const result = cache.execute(
      () => {
        caller.abort(boom);
        return 'ignored';
      },
      { key: 'a', signal: caller.signal },
    );
    expect(await rejection(result)).toBe(boom);
    expect(cache.size).toBe(0);
  });
});

describe("the execution's signal", () => {
  it('belongs to no single caller', async () => {
    const { racers, call } = make();
    const caller = new AbortController();
    void call(caller.signal);
    expect(racers.signal(1)).not.toBe(caller.signal);
  });

  it("stays linked to an only caller's signal after disarm, beyond the end of the call", async () => {
    const { racers, call } = make();
    const caller = new AbortController();
    const result = call(caller.signal);
    const { signal } = racers.at(1).context;
    racers.at(1).context.disarm();
    racers.resolve(1, 'headers');
    await result;
    expect(signal.aborted).toBe(false);
    caller.abort(boom);
    expect(signal.reason).toBe(boom);
  });

  it('can be disarmed if no caller has a signal', async () => {
    const { racers, call } = make();
    const calls = [call(), call(new AbortController().signal)];
    racers.at(1).context.disarm();
    racers.resolve(1, 'fine');
    expect(await Promise.all(calls)).toEqual(['fine', 'fine']);
    const alone = call(undefined, 'b');
    racers.at(2).context.disarm();
    racers.resolve(2, 'fine');
    expect(await alone).toBe('fine');
  });

  it('is linked to no caller after the end if there were several callers, or no disarm', async () => {
    for (const disarm of [true, false]) {
      const { racers, call } = make();
      const [caller, other] = [new CountedSignal(), new CountedSignal()];
      const calls = [call(caller.signal), ...(disarm ? [call(other.signal)] : [])];
      const signal = racers.signal(1);
      if (disarm) racers.at(1).context.disarm();
      racers.resolve(1, 'fine');
      await Promise.all(calls);
      caller.abort(boom);
      other.abort(boom);
      expect(signal.aborted).toBe(false);
    }
  });
});

describe("a caller's signal", () => {
  it('gets one listener for a thousand calls, and keeps none', async () => {
    const { racers, call } = make();
    const caller = new CountedSignal();
    const calls = Array.from({ length: 1_000 }, (_, i) => call(caller.signal, i % 10));
    expect(racers.count).toBe(10);
    expect(caller.most).toBe(1);
    for (const { work } of racers.started) work.resolve('fine');
    await Promise.all(calls);
    expect(caller.listeners).toBe(0);
    await call(caller.signal, 1);
    expect(caller.listeners).toBe(0);
  });

  it('keeps no listener after a failure, or after another caller aborted', async () => {
    const { racers, call } = make();
    const [caller, other] = [new CountedSignal(), new AbortController()];
    const result = call(caller.signal);
    void call(other.signal);
    other.abort(boom);
    racers.reject(1, boom);
    await rejection(result);
    expect(caller.listeners).toBe(0);
  });
});

describe('an execution whose key is forgotten while it runs', () => {
  it('continues for its callers, but new calls do not join it and its value is not kept', async () => {
    for (const forget of ['delete', 'clear'] as const) {
      const { cache, racers, call } = make();
      const before = call();
      if (forget === 'clear') cache.clear();
      else cache.delete('a');
      const after = call();
      expect(racers.count).toBe(2);
      racers.resolve(2, 'new');
      expect(await after).toBe('new');
      racers.resolve(1, 'old');
      expect(await before).toBe('old');
      expect(await call()).toBe('new');
    }
  });

  it('keeps no value without coalescing either, unlike one that began later', async () => {
    const { cache, racers, call } = make({ coalesce: false });
    const old = [call(), call()];
    cache.delete('a');
    const young = call();
    racers.resolve(3, 'new');
    await young;
    racers.resolve(1, 'old');
    racers.resolve(2, 'old');
    expect(await Promise.all(old)).toEqual(['old', 'old']);
    expect(await call()).toBe('new');
  });

  it('does not affect a later execution, which new calls join', async () => {
    const { cache, racers, call } = make();
    const before = call();
    cache.delete('a');
    const after = call();
    racers.resolve(1, 'old');
    await before;
    const joined = call();
    expect(racers.count).toBe(2);
    racers.resolve(2, 'new');
    expect(await Promise.all([after, joined])).toEqual(['new', 'new']);
  });
});
