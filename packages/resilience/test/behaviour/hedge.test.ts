import { describe, expect, it } from 'vitest';
import { HedgeLostError, HedgePolicy } from '@highway/resilience';
import type { HedgeOptions } from '@highway/resilience';
import { ManualClock, recordEvents, settle } from '@highway/resilience/testing';
import { boom, rejection, thrown } from '../support/calls.ts';
import { Racers } from '../support/racers.ts';
import { unhandledRejections } from '../support/unhandled-rejections.ts';

function start(options: Partial<HedgeOptions> = {}) {
  const clock = new ManualClock();
  const hedge = new HedgePolicy({ delay: 100, clock, ...options });
  const racers = new Racers();
  const result = hedge.execute(racers.run);
  result.catch(() => {});
  return { clock, hedge, racers, result };
}

describe('a call that is answered before the delay', () => {
  it('runs once, and returns the value of the function', async () => {
    const { clock, racers, result } = start();
    await clock.advance(99);
    racers.resolve(1, 'fast');
    expect(await result).toBe('fast');
    await clock.advance('1h');
    expect(racers.count).toBe(1);
    expect(racers.signal(1).aborted).toBe(false);
    expect(clock.pendingTimers).toBe(0);
  });

  it('sets no timer if the function returns at once', async () => {
    const clock = new ManualClock();
    const hedge = new HedgePolicy({ delay: 100, clock });
    for (let call = 0; call < 5; call++) {
      const result = hedge.execute(() => call);
      expect(clock.pendingTimers).toBe(0);
      expect(await result).toBe(call);
      expect(clock.pendingTimers).toBe(0);
    }
  });

  it('may have a falsy value', async () => {
    const hedge = new HedgePolicy({ delay: 100 });
    for (const value of [undefined, null, 0, '', false]) {
      expect(await hedge.execute(() => value)).toBe(value);
    }
  });
});

describe('a call that is not answered within the delay', () => {
  it('starts a second attempt, and the first answer wins', async () => {
    const { clock, racers, result } = start();
    await clock.advance(99);
    expect(racers.count).toBe(1);
    await clock.advance(1);
    expect(racers.count).toBe(2);
    racers.resolve(2, 'second');
    expect(await result).toBe('second');
  });

  it('may still be answered by the first attempt', async () => {
    const { clock, racers, result } = start();
    await clock.advance(100);
    racers.resolve(1, 'first');
    expect(await result).toBe('first');
    expect(racers.signal(2).reason).toBeInstanceOf(HedgeLostError);
  });

  it('aborts the losers with a HedgeLostError, and does not wait for them (Polly waits; resilience4j, unfixed)', async () => {
    const { clock, racers, result } = start({ name: 'search', maxHedges: 2 });
    await clock.advance(200);
    racers.resolve(2, 'second');
    expect(await result).toBe('second');
    expect(racers.signal(2).aborted).toBe(false);
    for (const loser of [1, 3]) {
      const reason: unknown = racers.signal(loser).reason;
      expect(reason).toBeInstanceOf(HedgeLostError);
      expect(reason).toMatchObject({ code: 'ERR_HEDGE_LOST', policyName: 'search' });
    }
  });

  it('starts attempts one after the other, up to maxHedges', async () => {
    const { clock, racers } = start({ maxHedges: 3 });
    for (const count of [1, 2, 3, 4, 4]) {
      await settle();
      expect(racers.count).toBe(count);
      await clock.advance(100);
    }
    expect(racers.started.map(({ context }) => context.attempt)).toEqual([1, 2, 3, 4]);
  });

  it('has at most one timer, and none when it is over or may start no more attempts', async () => {
    const { clock, racers, result } = start({ maxHedges: 2 });
    await settle();
    expect(clock.pendingTimers).toBe(1);
    await clock.advance(100);
    expect(clock.pendingTimers).toBe(1);
    await clock.advance(100);
    expect(racers.count).toBe(3);
    expect(clock.pendingTimers).toBe(0);
    racers.resolve(1, 'fine');
    await result;
    expect(clock.pendingTimers).toBe(0);
  });

  it('shares one timer with other calls', async () => {
    const clock = new ManualClock();
    const hedge = new HedgePolicy({ delay: 100, clock });
    const racers = new Racers();
    for (let call = 0; call < 50; call++) {
      void hedge.execute(racers.run);
      await clock.advance(1);
      expect(clock.pendingTimers).toBe(1);
    }
    await clock.advance(50);
    expect(racers.count).toBe(51);
    await clock.advance(49);
    expect(racers.count).toBe(100);
    expect(clock.pendingTimers).toBe(0);
  });

  it('is hedged even if time passes before a timer can be set', async () => {
    let now = 0;
    const clock = { now: () => now, setTimeout: () => 0, clearTimeout: () => {} };
    const { racers } = start({ clock });
    now = 100;
    await settle();
    expect(racers.count).toBe(2);
  });

  it('starts all attempts together if the delay is 0', async () => {
    const { clock, racers, result } = start({ delay: 0, maxHedges: 2 });
    expect(racers.count).toBe(3);
    racers.resolve(3, 'third');
    expect(await result).toBe('third');
    expect(clock.pendingTimers).toBe(0);
  });

  it('starts no second attempt if maxHedges is 0', async () => {
    const { clock, racers, result } = start({ maxHedges: 0 });
    await clock.advance('1h');
    expect(racers.count).toBe(1);
    expect(clock.pendingTimers).toBe(0);
    racers.reject(1, boom);
    expect(await rejection(result)).toBe(boom);
  });

  it('lets every attempt run until one wins, and reports each hedge once (Polly #1340 #1320 #1625)', async () => {
    const { clock, hedge, racers, result } = start({ maxHedges: 2 });
    using recording = recordEvents(hedge);
    const aborted = (): boolean[] => [1, 2, 3].map((attempt) => racers.signal(attempt).aborted);
    await clock.advance(200);
    expect(aborted()).toEqual([false, false, false]);
    expect(recording.of('hedge').map(({ attempt }) => attempt)).toEqual([2, 3]);
    racers.resolve(2, 'second');
    expect(await result).toBe('second');
    expect(aborted()).toEqual([true, false, true]);
    await clock.advance('1h');
    expect([racers.count, recording.of('hedge').length]).toEqual([3, 2]);
  });

  it('gives each attempt a context of its own (Polly #1754)', async () => {
    const { clock, racers } = start({ maxHedges: 2 });
    await clock.advance(200);
    const contexts = racers.started.map(({ context }) => context);
    expect(contexts.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(new Set(contexts.map(({ signal }) => signal)).size).toBe(3);
  });
});

describe('calls that may not be hedged', () => {
  it('set no timer, however many there are', async () => {
    const clock = new ManualClock();
    const hedge = new HedgePolicy({ delay: 100, maxHedges: 0, clock });
    const racers = new Racers();
    for (let call = 0; call < 3; call++) {
      void hedge.execute(racers.run);
      expect(clock.pendingTimers).toBe(0);
    }
    await settle();
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('a delay that is a function', () => {
  it('is called with the context of each attempt that another may follow', async () => {
    const asked: number[] = [];
    const { clock, racers } = start({
      maxHedges: 2,
      delay: ({ attempt }) => {
        asked.push(attempt);
        return attempt === 1 ? '50ms' : 10;
      },
    });
    await clock.advance(50);
    expect(racers.count).toBe(2);
    await clock.advance(10);
    expect(racers.count).toBe(3);
    expect(asked).toEqual([1, 2]);
  });

  it('gets the signal of that attempt', async () => {
    const signals: AbortSignal[] = [];
    const { racers } = start({
      delay: ({ signal }) => {
        signals.push(signal);
        return 10;
      },
    });
    expect(signals).toEqual([racers.signal(1)]);
  });

  it('rejects the call if it throws, and nothing runs', async () => {
    const { racers, result, clock } = start({
      delay: () => {
        throw boom;
      },
    });
    expect(await rejection(result)).toBe(boom);
    expect(racers.count).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it('rejects the call if it throws later, and the running attempts are aborted', async () => {
    const { racers, result, clock } = start({
      maxHedges: 2,
      delay: ({ attempt }) => {
        if (attempt === 2) throw boom;
        return 10;
      },
    });
    await clock.advance(10);
    expect(await rejection(result)).toBe(boom);
    expect(racers.count).toBe(1);
    expect(racers.signal(1).aborted).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });

  it('rejects the call if it returns no duration, and the error names the option', async () => {
    for (const bad of [-1, Number.NaN, Infinity, 'soon', undefined as never]) {
      const { result } = start({ delay: () => bad });
      expect(((await rejection(result)) as Error).message).toMatch(/^delay: /);
    }
  });
});

describe('the result of an attempt that lost', () => {
  it('is no unhandled rejection, however late (a trap of promises)', async () => {
    const reasons = await unhandledRejections(async () => {
      const { clock, racers, result } = start();
      await clock.advance(100);
      racers.resolve(2, 'fine');
      await result;
      racers.reject(1, boom);
    });
    expect(reasons).toEqual([]);
  });

  it('is disposed if it is a value (Polly disposes)', async () => {
    const { clock, racers, result } = start();
    await clock.advance(100);
    racers.resolve(1, 'fine');
    await result;
    let disposed = 0;
    racers.resolve(
      2,
      disposableNote(() => disposed++),
    );
    await settle();
    expect(disposed).toBe(1);
  });

  it('is not disposed if the winner returned the same object', async () => {
    let disposed = 0;
    const shared = disposableNote(() => disposed++);
    const { clock, racers, result } = start();
    await clock.advance(100);
    racers.resolve(1, shared);
    racers.resolve(2, shared);
    expect(await result).toBe(shared);
    await settle();
    expect(disposed).toBe(0);
  });
});

describe('a hedge', () => {
  it('turns a synchronous error into a rejection', async () => {
    const hedge = new HedgePolicy({ delay: 100, maxHedges: 0 });
    const error = await rejection(
      hedge.execute(() => {
        throw boom;
      }),
    );
    expect(error).toBe(boom);
  });

  it('leaves a rejection that nobody handles unhandled', async () => {
    const hedge = new HedgePolicy({ delay: 100, maxHedges: 0 });
    const reasons = await unhandledRejections(() => {
      void hedge.execute(() => Promise.reject(boom));
    });
    expect(reasons).toEqual([boom]);
  });

  it('throws in executeSync', () => {
    const hedge = new HedgePolicy({ delay: 100 });
    let ran = false;
    const error = thrown(() => hedge.executeSync(() => (ran = true)));
    expect(error).toBeInstanceOf(TypeError);
    expect(ran).toBe(false);
  });

  it('wraps a function, which each attempt calls with the same `this` and arguments', async () => {
    const clock = new ManualClock();
    const hedge = new HedgePolicy({ delay: 100, clock });
    const seen: unknown[] = [];
    const greeter = {
      greeting: 'Hello',
      greet: hedge(async function greet(this: { greeting: string }, name: string) {
        seen.push([this, name]);
        if (seen.length === 1) await new Promise(() => {});
        return `${this.greeting} ${name}`;
      }),
    };
    const result = greeter.greet('you');
    await clock.advance(100);
    expect(await result).toBe('Hello you');
    expect(seen).toEqual([
      [greeter, 'you'],
      [greeter, 'you'],
    ]);
    expect(greeter.greet.name).toBe('greet');
  });
});

function disposableNote(note: () => void): Disposable {
  const symbol = (Symbol.dispose as symbol | undefined) ?? Symbol.for('Symbol.dispose');
  return { [symbol as typeof Symbol.dispose]: note };
}
