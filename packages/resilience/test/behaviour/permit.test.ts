import { describe, expect, it } from 'vitest';
import {
  BulkheadPolicy,
  CircuitBreakerPolicy,
  CircuitOpenError,
  RateLimiterPolicy,
} from '@highway/resilience';
import type { Permit, Policy } from '@highway/resilience';
import { ManualClock, recordEvents, settle } from '@highway/resilience/testing';
import { boom, fail, hold, thrown } from '../support/calls.ts';

type Guard = Policy & { tryAcquire(): Permit | undefined };

/** Guards with two permits, each with what is taken of it. */
const kinds: readonly [string, () => { guard: Guard; taken: () => number; spends: boolean }][] = [
  [
    'a half-open breaker',
    () => {
      const guard = new CircuitBreakerPolicy({ clock: new ManualClock(), maxConcurrentTrials: 2 });
      guard.halfOpen();
      const taken = (): number => {
        const probes = [guard.tryAcquire(), guard.tryAcquire(), guard.tryAcquire()];
        for (const probe of probes) probe?.release();
        return 2 - probes.filter((probe) => probe !== undefined).length;
      };
      return { guard, taken, spends: false };
    },
  ],
  [
    'a bulkhead',
    () => {
      const guard = new BulkheadPolicy({ clock: new ManualClock(), maxConcurrent: 2 });
      return { guard, taken: () => guard.inFlight, spends: false };
    },
  ],
  [
    'a rate limiter',
    () => {
      const guard = new RateLimiterPolicy({ clock: new ManualClock(), limit: 2, per: '1h' });
      return { guard, taken: () => 2 - guard.available, spends: true };
    },
  ],
];

describe.each(kinds)('a permit of %s', (_name, make) => {
  it('takes its slot at once, and there are no more permits than slots', () => {
    const { guard, taken } = make();
    const permits = [guard.tryAcquire(), guard.tryAcquire()];
    expect(permits.every((permit) => permit !== undefined)).toBe(true);
    expect(taken()).toBe(2);
    expect(guard.tryAcquire()).toBeUndefined();
  });

  it('frees its slot when it is released', () => {
    const { guard, taken } = make();
    guard.tryAcquire()!.release();
    expect(taken()).toBe(0);
  });

  it('frees its slot when it is disposed unsettled', () => {
    const { guard, taken } = make();
    {
      using permit = guard.tryAcquire();
      expect([permit === undefined, taken()]).toEqual([false, 1]);
    }
    expect(taken()).toBe(0);
  });

  it.each(['success', 'failure', 'release'] as const)(
    'is settled once: calls after %s change nothing',
    (first) => {
      const { guard, taken, spends } = make();
      const permit = guard.tryAcquire()!;
      // A second one, whose place would be lost to a double release.
      const other = guard.tryAcquire()!;
      permit[first](boom);
      const left = taken();
      permit.success();
      permit.failure(boom);
      permit.release();
      permit[Symbol.dispose]();
      expect(taken()).toBe(left);
      expect(left).toBe(spends && first !== 'release' ? 2 : 1);
      other.release();
    },
  );

  it('emits no event when it is released, and one when it is settled', () => {
    const { guard } = make();
    using recording = recordEvents(guard);
    guard.tryAcquire()!.release();
    expect(recording.types).toEqual([]);
    guard.tryAcquire()!.success();
    guard.tryAcquire()!.failure(boom);
    expect(recording.types).toEqual(['success', 'failure']);
    expect(recording.of('failure')[0]).toMatchObject({ attempt: 1, error: boom, duration: 0 });
  });

  it('is undefined if the policy rejects, which emits `rejected`', () => {
    const { guard } = make();
    using recording = recordEvents(guard);
    for (let i = 0; i < 3; i++) guard.tryAcquire();
    expect(recording.types).toEqual(['rejected']);
  });
});

describe('a permit of a breaker', () => {
  it('records its outcome like a call', async () => {
    const breaker = new CircuitBreakerPolicy({ failureThreshold: '2/4' });
    breaker.tryAcquire()!.success();
    breaker.tryAcquire()!.failure(boom);
    expect([...breaker.history]).toEqual([true, false]);
    breaker.tryAcquire()!.failure(boom);
    expect(breaker.state).toBe('OPEN');
    expect(breaker.tryAcquire()).toBeUndefined();
    expect(await fail(breaker)).toBeInstanceOf(CircuitOpenError);
  });

  it('is judged by the same predicates', () => {
    const breaker = new CircuitBreakerPolicy({
      handle: (error) => error !== 'harmless',
      ignore: (error) => error === 'ignored',
      handleResult: (value) => value === 'bad',
    });
    breaker.tryAcquire()!.failure('harmless');
    breaker.tryAcquire()!.failure('ignored');
    breaker.tryAcquire()!.failure('other');
    breaker.tryAcquire()!.success('bad');
    breaker.tryAcquire()!.success('good');
    breaker.tryAcquire()!.success();
    expect([...breaker.history]).toEqual([true, false, false, true, true]);
  });

  it('throws the error of a predicate, and counts as a failure', () => {
    const breaker = new CircuitBreakerPolicy({
      handle: () => {
        throw boom;
      },
    });
    const permit = breaker.tryAcquire()!;
    expect(thrown(() => permit.failure('any'))).toBe(boom);
    expect(breaker.history.failureCount).toBe(1);
    expect(() => permit.failure('any')).not.toThrow();
  });

  it('does not count after a transition', () => {
    const breaker = new CircuitBreakerPolicy();
    const permit = breaker.tryAcquire()!;
    breaker.close();
    permit.failure(boom);
    expect(breaker.history.length).toBe(0);
  });

  it('loses its slot after trialTimeout', async () => {
    const clock = new ManualClock();
    const breaker = new CircuitBreakerPolicy({
      clock,
      failureThreshold: '1/1',
      trialTimeout: '1s',
    });
    breaker.halfOpen();
    breaker.tryAcquire();
    expect(breaker.tryAcquire()).toBeUndefined();
    await clock.advance('1s');
    breaker.tryAcquire()!.success();
    expect(breaker.state).toBe('CLOSED');
  });
});

describe('a permit of a bulkhead', () => {
  it('counts together with calls, and does not wait in the queue', async () => {
    const bulkhead = new BulkheadPolicy({ maxConcurrent: 1, maxQueued: 5 });
    const call = hold(bulkhead);
    expect(bulkhead.tryAcquire()).toBeUndefined();
    expect(bulkhead.queued).toBe(0);
    await call.succeed();
    const permit = bulkhead.tryAcquire()!;
    const waiting = hold(bulkhead);
    expect([bulkhead.inFlight, bulkhead.queued, waiting.ran]).toEqual([1, 1, false]);
    permit.failure(boom);
    await settle();
    expect([bulkhead.inFlight, bulkhead.queued, waiting.ran]).toEqual([1, 0, true]);
    await waiting.succeed();
  });
});
