import {
  Backoff,
  BulkheadPolicy,
  CachePolicy,
  CircuitBreakerPolicy,
  Failsafe,
  HedgePolicy,
  RetryPolicy,
  TimeoutPolicy,
  isTimeout,
} from '@highway/resilience';
import type { CallContext, Policy } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from './parameters.ts';

const timeoutMs = 100;
const maxRetries = 3;

interface Lap {
  /** When the attempt disarms, after its start; `undefined` for never. */
  readonly disarms: number | undefined;
  readonly takes: number;
  readonly fails: boolean;
}

interface Script {
  readonly delay: number;
  readonly laps: readonly Lap[];
}

// Fractions of their own, so that nothing coincides: which of two goes first then is nobody's promise.
const laps = fc
  .array(
    fc.record({
      disarms: fc.option(fc.nat(90), { nil: undefined, freq: 4 }),
      takes: fc.nat(90),
      fails: fc.boolean(),
    }),
    { minLength: maxRetries + 1, maxLength: maxRetries + 1 },
  )
  .map((list) =>
    list.map(({ disarms, takes, fails }, i) => ({
      disarms: disarms === undefined ? undefined : disarms + 2 ** -(2 * i + 1),
      takes: takes + 2 ** -(2 * i + 2),
      fails,
    })),
  );
const script: fc.Arbitrary<Script> = fc.record({ delay: fc.constantFrom(1, 10, 40), laps });

/** What is promised, followed step by step along the time: how the call ends, when, and after how many attempts. */
function follow({ delay, laps: list }: Script): unknown[] {
  let now = 0;
  for (const [i, { disarms, takes, fails }] of list.entries()) {
    const isOff = disarms !== undefined && disarms < takes && now + disarms < timeoutMs;
    if (!isOff && now + takes > timeoutMs) return ['timeout', timeoutMs, i + 1];
    now += takes;
    if (!fails) return ['success', now, i + 1];
    if (i === maxRetries) return ['failure', now, i + 1];
    if (now >= timeoutMs) return ['timeout', now, i + 1];
    if (now + delay > timeoutMs) return ['timeout', timeoutMs, i + 1];
    now += delay;
  }
  throw new Error('unreachable');
}

type Run = (fn: (context: CallContext) => Promise<unknown>) => Promise<unknown>;

/** Arrangements of a timeout around a retry, between and inside which other policies make no difference. */
const arrangements: Record<string, (clock: ManualClock, timeout: Policy, retry: Policy) => Run> = {
  'a chain': (_clock, timeout, retry) => (fn) =>
    new Failsafe({ policies: [timeout, retry] }).execute(fn),
  'a chain with other policies': (clock, timeout, retry) => {
    const bulkhead = (): Policy => new BulkheadPolicy({ clock, maxConcurrent: 1 });
    const breaker = new CircuitBreakerPolicy({ clock });
    const policies = [bulkhead(), timeout, breaker, retry, bulkhead()];
    return (fn) => new Failsafe({ policies }).execute(fn);
  },
  'a chain in a chain, called with a signal': (_clock, timeout, retry) => (fn) =>
    new Failsafe({ policies: [timeout, new Failsafe({ policies: [retry] })] }).execute(fn, {
      signal: new AbortController().signal,
    }),
  'a chain with a longer timeout inside': (clock, timeout, retry) => {
    const longer = (): Policy => new TimeoutPolicy({ clock, timeout: 10 * timeoutMs });
    return (fn) => new Failsafe({ policies: [timeout, longer(), retry, longer()] }).execute(fn);
  },
  'a chain with a hedge that never starts another attempt': (clock, timeout, retry) => {
    const hedge = new HedgePolicy({ clock, delay: 1, maxHedges: 0 });
    return (fn) => new Failsafe({ policies: [timeout, hedge, retry] }).execute(fn);
  },
  'a chain with a cache': (clock, timeout, retry) => {
    const cache = new CachePolicy({ clock, ttl: '1h' });
    return (fn) => new Failsafe({ policies: [timeout, cache, retry] }).execute(fn, { key: 1 });
  },
  'a retry in the function of the timeout': (_clock, timeout, retry) => (fn) =>
    timeout.execute(({ signal }) => retry.execute(fn, { signal })),
  'a retry in the function of a policy in the function of the timeout': (clock, timeout, retry) => {
    const bulkhead = new BulkheadPolicy({ clock, maxConcurrent: 1 });
    return (fn) =>
      timeout.execute((outer) =>
        bulkhead.execute(({ signal }) => retry.execute(fn, { signal }), { signal: outer.signal }),
      );
  },
};

async function play({ delay, laps: list }: Script, make: (typeof arrangements)[string]) {
  const clock = new ManualClock();
  const run = make(
    clock,
    new TimeoutPolicy({ clock, timeout: timeoutMs }),
    new RetryPolicy({ clock, maxRetries, backoff: Backoff.fixed(delay) }),
  );
  let attempts = 0;
  const result = run((context) => {
    const { disarms, takes, fails } = list[attempts++]!;
    if (disarms !== undefined) clock.setTimeout(context.disarm, disarms);
    return new Promise((resolve, reject) => {
      const end = (): void => {
        if (fails) reject(new Error('failure'));
        else resolve('success');
      };
      clock.setTimeout(end, takes);
      // What an abort ends is not what is tested here.
      context.signal.addEventListener('abort', end);
    });
  });
  let ended: unknown[] = [];
  void result.then(
    () => (ended = ['success', clock.now()]),
    (error: unknown) => (ended = [isTimeout(error) ? 'timeout' : 'failure', clock.now()]),
  );
  await clock.advance(100_000);
  return [...ended, attempts];
}

describe('a timeout that attempts of a retry disarm', { timeout: 120_000 }, () => {
  it.each(Object.entries(arrangements))(
    'ends the call like a naive simulation, in %s',
    async (_name, make) => {
      await fc.assert(
        fc.asyncProperty(script, async (played) => {
          expect(await play(played, make)).toEqual(follow(played));
        }),
        runs(150),
      );
    },
  );
});
