import { describe, expect, it } from 'vitest';
import {
  Backoff,
  BulkheadPolicy,
  Failsafe,
  FallbackPolicy,
  HedgePolicy,
  RetryBudget,
  RetryPolicy,
  TimeoutPolicy,
  isTimeout,
} from '@highway/resilience';
import type { HedgeOptions, Policy, RetryOptions } from '@highway/resilience';
import { ManualClock, settle } from '@highway/resilience/testing';
import { boom, rejection } from '../support/calls.ts';
import { Disposables } from '../support/disposables.ts';
import { Racers } from '../support/racers.ts';

/** A call inside a timeout of 100 ms: its attempts are settled by the test. */
function start(inside: (clock: ManualClock) => Policy<unknown>, signal?: AbortSignal) {
  const clock = new ManualClock();
  const racers = new Racers();
  const policies = [new TimeoutPolicy({ clock, timeout: 100 }), inside(clock)];
  const result = new Failsafe({ policies }).execute(racers.run, { signal });
  let endedAt: number | undefined;
  const note = (): void => {
    endedAt = clock.now();
  };
  void result.then(note, note);
  const disarm = (attempt: number): void => racers.at(attempt).context.disarm();
  const fail = async (attempt: number, error: unknown = boom): Promise<void> => {
    racers.reject(attempt, error);
    await settle();
  };
  return { clock, racers, result, disarm, fail, endedAt: () => endedAt };
}

const retrying =
  (options: RetryOptions = {}) =>
  (clock: ManualClock) =>
    new RetryPolicy({ clock, backoff: Backoff.fixed(20), ...options });

describe('a timeout around a retry, disarmed by an attempt that is retried', () => {
  it('continues with its original deadline', async () => {
    const { clock, racers, result, disarm, fail, endedAt } = start(retrying());
    await clock.advance(10);
    disarm(1);
    await clock.advance(40);
    await fail(1);
    await clock.advance(1000);
    expect(racers.count).toBe(2);
    expect(racers.signal(2).aborted).toBe(true);
    expect(isTimeout(await rejection(result))).toBe(true);
    expect(endedAt()).toBe(100);
  });

  it('ends a delay at that deadline', async () => {
    const { clock, racers, result, disarm, fail, endedAt } = start(retrying());
    disarm(1);
    await clock.advance(90);
    await fail(1);
    await clock.advance(1000);
    expect(racers.count).toBe(1);
    expect(isTimeout(await rejection(result))).toBe(true);
    expect(endedAt()).toBe(100);
  });

  it.each([
    ['a delay', Backoff.fixed(20)],
    ['no delay', Backoff.none],
  ])(
    'ends the call at once if its deadline has passed, without a retry, with %s',
    async (_name, backoff) => {
      const clock = new ManualClock();
      const made = new Disposables();
      const budget = new RetryBudget({ clock, ratio: 0, minPerSecond: 0, minConcurrency: 1 });
      const retry = new RetryPolicy({ clock, backoff, budget });
      const events: string[] = [];
      for (const type of ['retry', 'success', 'failure'] as const) {
        retry.on(type, () => events.push(type));
      }
      const racers = new Racers();
      const policies = [new TimeoutPolicy({ clock, timeout: 100 }), retry];
      const result = new Failsafe({ policies }).execute(racers.run);
      const caught = rejection(result);
      racers.at(1).context.disarm();
      await clock.advance(150);
      racers.reject(1, made.error('first'));
      expect(isTimeout(await caught)).toBe(true);
      await settle();
      expect([racers.count, events, made.disposed]).toEqual([1, [], ['first']]);
      expect([clock.pendingTimers, budget.remaining]).toEqual([0, 1]);
    },
  );

  it('can be disarmed again by the next attempt', async () => {
    const { clock, racers, result, disarm, fail } = start(retrying());
    disarm(1);
    await fail(1);
    await clock.advance(20);
    disarm(2);
    await clock.advance(1000);
    racers.resolve(2, 'streamed');
    expect(await result).toBe('streamed');
    expect(clock.pendingTimers).toBe(0);
  });

  it('does not hide the error of the last attempt, nor one that is not retried', async () => {
    for (const options of [{ maxRetries: 0, rethrow: true }, { handle: () => false }]) {
      const { clock, result, disarm, fail } = start(retrying(options));
      disarm(1);
      await clock.advance(150);
      await fail(1);
      expect(await rejection(result)).toBe(boom);
    }
  });

  it('gives the slot of a bulkhead inside back when it ends the call', async () => {
    const bulkheads: BulkheadPolicy[] = [];
    const { clock, result, disarm, fail } = start((clock) => {
      const bulkhead = new BulkheadPolicy({ clock, maxConcurrent: 1 });
      bulkheads.push(bulkhead);
      return new Failsafe({ policies: [bulkhead, retrying()(clock)] });
    });
    const caught = rejection(result);
    disarm(1);
    await clock.advance(150);
    await fail(1);
    expect(isTimeout(await caught)).toBe(true);
    expect(await bulkheads[0]!.execute(() => 'free')).toBe('free');
  });

  it('leaves other timeouts around disarmed for nobody', async () => {
    const inner = (clock: ManualClock): Policy =>
      new Failsafe({ policies: [new TimeoutPolicy({ clock, timeout: 60 }), retrying()(clock)] });
    const { clock, result, disarm, fail, endedAt } = start(inner);
    const caught = rejection(result);
    disarm(1);
    await clock.advance(150);
    await fail(1);
    expect(isTimeout(await caught)).toBe(true);
    expect([endedAt(), clock.pendingTimers]).toEqual([150, 0]);
  });
});

const hedging =
  (options: Partial<HedgeOptions> = {}) =>
  (clock: ManualClock) =>
    new HedgePolicy({ clock, delay: 40, ...options });

describe('a timeout around a hedge, disarmed by an attempt that failed', () => {
  it('continues while another attempt runs', async () => {
    const { clock, racers, result, disarm, fail, endedAt } = start(hedging());
    const caught = rejection(result);
    await clock.advance(50);
    disarm(1);
    await fail(1);
    await clock.advance(1000);
    expect(isTimeout(await caught)).toBe(true);
    expect([endedAt(), racers.count]).toEqual([100, 2]);
  });

  it('stays off as long as another attempt has disarmed it, too', async () => {
    const { clock, racers, result, disarm, fail } = start(hedging());
    await clock.advance(50);
    disarm(1);
    disarm(2);
    await fail(1);
    await clock.advance(1000);
    racers.resolve(2, 'streamed');
    expect(await result).toBe('streamed');
  });

  it('ends the call at once if its deadline has passed, and starts no attempt', async () => {
    for (const delay of [40, 10_000]) {
      const { clock, racers, result, disarm, fail, endedAt } = start(hedging({ delay }));
      const caught = rejection(result);
      disarm(1);
      await clock.advance(150);
      const { count } = racers;
      await fail(1);
      expect(isTimeout(await caught)).toBe(true);
      expect([endedAt(), racers.count, clock.pendingTimers]).toEqual([150, count, 0]);
    }
  });

  it('does not hide the error of a call without further attempts', async () => {
    const { clock, result, disarm, fail } = start(hedging({ maxHedges: 0 }));
    disarm(1);
    await clock.advance(150);
    await fail(1);
    expect(await rejection(result)).toBe(boom);
  });
});

describe('a timeout around a fallback, disarmed by the attempt that the fallback replaces', () => {
  it('limits the fallback', async () => {
    const { clock, result, disarm, fail, endedAt } = start(
      (clock) => new FallbackPolicy({ clock, fallback: () => new Promise(() => {}) }),
    );
    const caught = rejection(result);
    disarm(1);
    await clock.advance(50);
    await fail(1);
    await clock.advance(1000);
    expect(isTimeout(await caught)).toBe(true);
    expect(endedAt()).toBe(100);
  });

  it('ends the call at once if its deadline has passed, and the fallback is not called', async () => {
    let called = false;
    const { clock, result, disarm, fail } = start((clock) => {
      const fallback = (): void => {
        called = true;
      };
      return new FallbackPolicy({ clock, fallback });
    });
    const caught = rejection(result);
    disarm(1);
    await clock.advance(150);
    await fail(1);
    expect(isTimeout(await caught)).toBe(true);
    expect(called).toBe(false);
  });

  it('can be disarmed again by the fallback', async () => {
    const { result, disarm, fail } = start(
      (clock) =>
        new FallbackPolicy({
          clock,
          fallback: async (_error, context) => {
            context.disarm();
            await clock.advance(1000);
            return 'instead';
          },
        }),
    );
    disarm(1);
    await fail(1);
    expect(await result).toBe('instead');
  });
});

/** A call in a timeout of 100 ms whose function makes calls with its signal. */
function nested(make: (clock: ManualClock) => Policy<unknown>, calls = 1, signal?: AbortSignal) {
  const clock = new ManualClock();
  const inner = make(clock);
  const inside = Array.from({ length: calls }, () => new Racers());
  const result = new TimeoutPolicy({ clock, timeout: 100 }).execute(
    (context) =>
      Promise.all(inside.map(({ run }) => inner.execute(run, { signal: context.signal }))),
    { signal },
  );
  result.catch(() => undefined);
  return { clock, inside, result };
}

describe('disarm() in a function that another policy calls with its signal', () => {
  it('switches off the timeouts around that policy, too', async () => {
    const { clock, inside, result } = nested((clock) => new TimeoutPolicy({ clock, timeout: 80 }));
    inside[0]!.at(1).context.disarm();
    await clock.advance('1h');
    expect(inside[0]!.signal(1).aborted).toBe(false);
    inside[0]!.resolve(1, 'streamed');
    expect(await result).toEqual(['streamed']);
    expect(clock.pendingTimers).toBe(0);
  });

  it("keeps the first caller's signal linked after both calls have ended", async () => {
    const caller = new AbortController();
    const { inside, result } = nested(retrying(), 1, caller.signal);
    const { context } = inside[0]!.at(1);
    const { signal } = context;
    context.disarm();
    inside[0]!.resolve(1, 'headers');
    await result;
    caller.abort(boom);
    expect(signal.reason).toBe(boom);
  });

  it('switches them off only until the inner policy goes on', async () => {
    const { clock, inside, result } = nested(retrying());
    const caught = rejection(result);
    inside[0]!.at(1).context.disarm();
    inside[0]!.reject(1, boom);
    await clock.advance(1000);
    expect(isTimeout(await caught)).toBe(true);
    expect(inside[0]!.count).toBe(2);
  });

  it('makes the outer timeout expire when the inner policy would go on too late', async () => {
    for (const backoff of [Backoff.none, Backoff.fixed(20)]) {
      const { clock, inside, result } = nested(retrying({ backoff }));
      const caught = rejection(result);
      inside[0]!.at(1).context.disarm();
      await clock.advance(150);
      inside[0]!.reject(1, boom);
      await settle();
      expect(isTimeout(await caught)).toBe(true);
      expect([inside[0]!.count, clock.pendingTimers]).toEqual([1, 0]);
    }
  });

  it('counts for each of several calls', async () => {
    const { clock, inside, result } = nested(retrying({ backoff: Backoff.none }), 2);
    for (const racers of inside) racers.at(1).context.disarm();
    inside[0]!.reject(1, boom);
    await clock.advance('1h');
    inside[0]!.resolve(2, 'first');
    inside[1]!.resolve(1, 'second');
    expect(await result).toEqual(['first', 'second']);
  });

  it('does not undo a disarm() of the outer function', async () => {
    const clock = new ManualClock();
    const racers = new Racers();
    const retry = new RetryPolicy({ clock, backoff: Backoff.none });
    const result = new TimeoutPolicy({ clock, timeout: 100 }).execute((context) => {
      context.disarm();
      return retry.execute(racers.run, { signal: context.signal });
    });
    racers.at(1).context.disarm();
    racers.reject(1, boom);
    await clock.advance('1h');
    racers.resolve(2, 'streamed');
    expect(await result).toBe('streamed');
  });

  it('does nothing once the attempt of the outer function is over', async () => {
    const clock = new ManualClock();
    const racers = new Racers();
    const policies = [
      new TimeoutPolicy({ clock, timeout: 100 }),
      new RetryPolicy({ clock, backoff: Backoff.none, maxRetries: 1 }),
      new TimeoutPolicy({ clock, timeout: 30 }),
    ];
    const inner = new BulkheadPolicy({ clock, maxConcurrent: 5 });
    const result = new Failsafe({ policies }).execute(({ signal, attempt }) =>
      attempt === 1 ? inner.execute(racers.run, { signal }) : new Promise(() => {}),
    );
    const caught = rejection(result);
    await clock.advance(30);
    racers.at(1).context.disarm();
    await clock.advance(30);
    expect(isTimeout(await caught)).toBe(true);
  });
});
