import { describe, expect, it } from 'vitest';
import { HedgePolicy } from '@highway/resilience';
import type { HedgeOptions } from '@highway/resilience';
import { ManualClock, settle } from '@highway/resilience/testing';
import { boom, rejection } from '../support/calls.ts';
import { CountedSignal } from '../support/counted-signal.ts';
import { Racers } from '../support/racers.ts';
import { unhandledRejections } from '../support/unhandled-rejections.ts';

function start(options: Partial<HedgeOptions> = {}) {
  const clock = new ManualClock();
  const hedge = new HedgePolicy({ delay: 100, clock, ...options });
  const racers = new Racers();
  const caller = new CountedSignal();
  const result = hedge.execute(racers.run, { signal: caller.signal });
  result.catch(() => {});
  return { clock, hedge, racers, caller, result };
}

describe('the caller of a hedged call, when it aborts,', () => {
  it('gets the reason at once, as every attempt does, even if the functions ignore their signals (Polly #3094)', async () => {
    const { clock, racers, caller, result } = start();
    await clock.advance(100);
    caller.abort(boom);
    expect(await rejection(result)).toBe(boom);
    expect(racers.signal(1).reason).toBe(boom);
    expect(racers.signal(2).reason).toBe(boom);
    expect(clock.pendingTimers).toBe(0);
    expect(caller.listeners).toBe(0);
  });

  it('causes no further attempt, whatever the running ones do', async () => {
    const { clock, racers, caller, result } = start({ maxHedges: 3 });
    caller.abort(boom);
    racers.reject(1, new Error('late'));
    await clock.advance('1h');
    expect(racers.count).toBe(1);
    expect(await rejection(result)).toBe(boom);
  });

  it('gets the reason, whatever that is', async () => {
    for (const reason of ['text', 0, null]) {
      const { caller, result } = start();
      caller.abort(reason);
      expect(await rejection(result)).toBe(reason);
    }
  });

  it('causes no attempt if the signal was aborted before', async () => {
    const hedge = new HedgePolicy({ delay: 0 });
    const racers = new Racers();
    const signal = AbortSignal.abort(boom);
    expect(await rejection(hedge.execute(racers.run, { signal }))).toBe(boom);
    expect(racers.count).toBe(0);
  });

  it('leaves no unhandled rejection behind', async () => {
    const reasons = await unhandledRejections(async () => {
      const { clock, racers, caller, result } = start();
      await clock.advance(100);
      caller.abort(boom);
      await rejection(result);
      racers.reject(1, new Error('late'));
      racers.reject(2, new Error('late'));
    });
    expect(reasons).toEqual([]);
  });

  it('causes late values to be disposed', async () => {
    let disposed = 0;
    const { racers, caller, result } = start();
    caller.abort(boom);
    await rejection(result);
    const symbol = (Symbol.dispose as symbol | undefined) ?? Symbol.for('Symbol.dispose');
    racers.resolve(1, { [symbol]: () => disposed++ });
    await settle();
    expect(disposed).toBe(1);
  });
});

describe('a value that is kept in case all attempts fail', () => {
  it('is disposed once when the caller aborts, even if several attempts run', async () => {
    const { clock, racers, caller, result } = start({ maxHedges: 3, handleResult: () => true });
    let disposed = 0;
    const symbol = (Symbol.dispose as symbol | undefined) ?? Symbol.for('Symbol.dispose');
    racers.resolve(1, { [symbol]: () => disposed++ });
    await clock.advance(200);
    expect(racers.count).toBe(4);
    expect(disposed).toBe(0);
    caller.abort(boom);
    expect(await rejection(result)).toBe(boom);
    expect(disposed).toBe(1);
  });
});

describe('code that aborts the call', () => {
  it('may be the function itself', async () => {
    const clock = new ManualClock();
    const caller = new AbortController();
    const hedge = new HedgePolicy({ delay: 100, clock });
    const result = hedge.execute(
      () => {
        caller.abort(boom);
        return 'ignored';
      },
      { signal: caller.signal },
    );
    expect(await rejection(result)).toBe(boom);
    expect(clock.pendingTimers).toBe(0);
  });

  it.each<[string, (abort: () => void) => Partial<HedgeOptions>, (racers: Racers) => void]>([
    [
      'handle',
      (abort) => ({ handle: () => (abort(), true) }),
      (racers) => {
        racers.reject(1, new Error('other'));
      },
    ],
    [
      'handle, which throws as well',
      (abort) => ({
        handle: () => {
          abort();
          throw new Error('predicate');
        },
      }),
      (racers) => {
        racers.reject(1, new Error('other'));
      },
    ],
    [
      'handleResult',
      (abort) => ({ handleResult: () => (abort(), false) }),
      (racers) => {
        racers.resolve(1, 'ignored');
      },
    ],
    [
      'the delay, before the second attempt',
      (abort) => ({
        maxHedges: 2,
        delay: ({ attempt }) => {
          if (attempt === 2) abort();
          return 100;
        },
      }),
      (racers) => {
        racers.reject(1, new Error('other'));
      },
    ],
    [
      'the delay, which throws as well',
      (abort) => ({
        maxHedges: 2,
        delay: ({ attempt }) => {
          if (attempt === 1) return 100;
          abort();
          throw new Error('delay');
        },
      }),
      (racers) => {
        racers.reject(1, new Error('other'));
      },
    ],
  ])('may be %s', async (_name, options, end) => {
    const caller = new CountedSignal();
    const clock = new ManualClock();
    const hedge = new HedgePolicy({ delay: 100, clock, ...options(() => caller.abort(boom)) });
    const racers = new Racers();
    const result = hedge.execute(racers.run, { signal: caller.signal });
    end(racers);
    expect(await rejection(result)).toBe(boom);
    await clock.advance('1h');
    expect(racers.count).toBe(1);
    expect(clock.pendingTimers).toBe(0);
    expect(caller.listeners).toBe(0);
  });

  it('may be a listener of the hedge event', async () => {
    const { clock, hedge, racers, caller, result } = start();
    hedge.on('hedge', () => caller.abort(boom));
    await clock.advance(100);
    expect(await rejection(result)).toBe(boom);
    expect(racers.count).toBe(1);
  });
});

describe("a caller's signal", () => {
  it('has one listener for a thousand calls, and none after them', async () => {
    const clock = new ManualClock();
    const hedge = new HedgePolicy({ delay: 100, maxHedges: 2, clock });
    const racers = new Racers();
    const caller = new CountedSignal();
    const { signal } = caller;
    const calls = Array.from({ length: 1_000 }, () => hedge.execute(racers.run, { signal }));
    await clock.advance(100);
    expect(racers.count).toBe(2_000);
    expect(caller.most).toBe(1);
    for (const { work } of racers.started) work.resolve('fine');
    await Promise.all(calls);
    expect(caller.listeners).toBe(0);
  });

  it('has no listener after a failure', async () => {
    const { racers, caller, result } = start({ maxHedges: 0 });
    racers.reject(1, boom);
    await rejection(result);
    expect(caller.listeners).toBe(0);
  });

  it("stays linked to the winner's signal after disarm, beyond the end of the call", async () => {
    const { clock, racers, caller, result } = start();
    await clock.advance(100);
    const { signal } = racers.at(2).context;
    racers.at(2).context.disarm();
    racers.resolve(2, 'headers');
    expect(await result).toBe('headers');
    expect(signal.aborted).toBe(false);
    caller.abort(boom);
    expect(signal.reason).toBe(boom);
  });

  it('does not stay linked without disarm', async () => {
    const { racers, caller, result } = start();
    const signal = racers.signal(1);
    racers.resolve(1, 'fine');
    await result;
    caller.abort(boom);
    expect(signal.aborted).toBe(false);
  });
});
