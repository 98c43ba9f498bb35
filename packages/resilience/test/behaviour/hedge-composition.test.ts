import { describe, expect, it } from 'vitest';
import {
  Backoff,
  BulkheadPolicy,
  CircuitBreakerPolicy,
  Failsafe,
  HedgeLostError,
  HedgePolicy,
  isTimeout,
  latencyQuantile,
  RetryPolicy,
  TimeoutPolicy,
} from '@highway/resilience';
import type { HedgeOptions, PolicyEvent } from '@highway/resilience';
import { ManualClock, settle } from '@highway/resilience/testing';
import { boom, rejection } from '../support/calls.ts';
import { collectReports } from '../support/host.ts';
import { Racers } from '../support/racers.ts';

function make(options: Partial<HedgeOptions> = {}) {
  const clock = new ManualClock();
  return { clock, hedge: new HedgePolicy({ delay: 100, clock, ...options }), racers: new Racers() };
}

describe('a breaker inside a hedge', () => {
  it('does not see lost attempts as outcomes', async () => {
    const { clock, hedge, racers } = make();
    const breaker = new CircuitBreakerPolicy({ clock, failureThreshold: '1/1' });
    const result = new Failsafe({ policies: [hedge, breaker] }).execute(racers.run);
    await clock.advance(100);
    racers.resolve(2, 'second');
    expect(await result).toBe('second');
    racers.reject(1, racers.signal(1).reason);
    await settle();
    expect(breaker.state).toBe('CLOSED');
    expect(breaker.history.length).toBe(1);
  });

  it('rejects the hedge once it is open, which ends neither the call nor other attempts', async () => {
    const { clock, hedge, racers } = make({ maxHedges: 3 });
    const breaker = new CircuitBreakerPolicy({ clock });
    const result = new Failsafe({ policies: [hedge, breaker] }).execute(racers.run);
    await settle();
    breaker.open();
    await clock.advance('1s');
    expect(racers.count).toBe(1);
    racers.resolve(1, 'first');
    expect(await result).toBe('first');
  });

  it('rejects the call at once if it is open before, and is not asked again', async () => {
    const { clock, hedge, racers } = make({ maxHedges: 3 });
    const breaker = new CircuitBreakerPolicy({ clock });
    let rejected = 0;
    breaker.on('rejected', () => rejected++);
    breaker.open();
    const result = new Failsafe({ policies: [hedge, breaker] }).execute(racers.run);
    expect(await rejection(result)).toMatchObject({ code: 'ERR_CIRCUIT_OPEN' });
    expect(rejected).toBe(1);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('a bulkhead inside a hedge', () => {
  it('does not end the first attempt by being full', async () => {
    const { clock, hedge, racers } = make();
    const bulkhead = new BulkheadPolicy({ maxConcurrent: 1, clock });
    const result = new Failsafe({ policies: [hedge, bulkhead] }).execute(racers.run);
    await clock.advance(100);
    racers.resolve(1, 'first');
    expect(await result).toBe('first');
  });
});

describe('a timeout outside a hedge', () => {
  it('ends the call and aborts every attempt with its error', async () => {
    const { clock, hedge, racers } = make();
    const timeout = new TimeoutPolicy({ timeout: 150, clock });
    const breaker = new CircuitBreakerPolicy({ clock });
    const result = new Failsafe({ policies: [timeout, hedge, breaker] }).execute(racers.run);
    result.catch(() => {});
    await clock.advance(150);
    expect(isTimeout(await rejection(result))).toBe(true);
    for (const attempt of [1, 2]) expect(isTimeout(racers.signal(attempt).reason)).toBe(true);
    expect(breaker.history.failureCount).toBe(2);
    expect(clock.pendingTimers).toBe(0);
  });

  it('is disarmed by any attempt', async () => {
    const { clock, hedge, racers } = make();
    const timeout = new TimeoutPolicy({ timeout: 150, clock });
    const result = new Failsafe({ policies: [timeout, hedge] }).execute(racers.run);
    await clock.advance(100);
    racers.at(2).context.disarm();
    await clock.advance('1m');
    racers.resolve(2, 'streaming');
    expect(await result).toBe('streaming');
  });
});

describe('a timeout inside a hedge', () => {
  it('ends one attempt, and the next one starts at once', async () => {
    const { clock, hedge, racers } = make();
    const timeout = new TimeoutPolicy({ timeout: 50, clock });
    const result = new Failsafe({ policies: [hedge, timeout] }).execute(racers.run);
    await clock.advance(50);
    expect(racers.count).toBe(2);
    racers.resolve(2, 'second');
    expect(await result).toBe('second');
  });
});

describe('a hedge and a retry', () => {
  it('wait no longer than the call if the retry is inside', async () => {
    const { clock, hedge, racers } = make();
    const retry = new RetryPolicy({ clock, backoff: Backoff.fixed('1h') });
    const result = new Failsafe({ policies: [hedge, retry] }).execute(racers.run);
    racers.reject(1, boom);
    await clock.advance(100);
    expect(clock.pendingTimers).toBe(1);
    racers.resolve(2, 'second');
    expect(await result).toBe('second');
    expect(clock.pendingTimers).toBe(0);
  });

  it('go on counting attempts if the retry is outside', async () => {
    const { clock, hedge, racers } = make();
    const retry = new RetryPolicy({ clock, backoff: Backoff.none });
    const result = new Failsafe({ policies: [retry, hedge] }).execute(racers.run);
    racers.reject(1, boom);
    await settle();
    racers.reject(2, boom);
    await settle();
    racers.resolve(3, 'third');
    expect(await result).toBe('third');
    expect(racers.started.map(({ context }) => context.attempt)).toEqual([1, 2, 2]);
  });
});

describe('a delay that learns from latencies', () => {
  it('follows the latency of calls', async () => {
    const { clock, hedge, racers } = make({ delay: latencyQuantile(0.5, { initial: '1h' }) });
    for (const [i, latency] of [10, 30].entries()) {
      const call = hedge.execute(racers.run);
      await clock.advance(latency);
      racers.resolve(i + 1, 'fine');
      await call;
    }
    void hedge.execute(racers.run);
    await clock.advance(9);
    expect(racers.count).toBe(3);
    await clock.advance(1);
    expect(racers.count).toBe(4);
  });

  it('is told how long the first attempt had run, even if a hedge was faster', async () => {
    const told: number[] = [];
    const delay = Object.assign(() => 100, { observe: (ms: number) => told.push(ms) });
    const { clock, hedge, racers } = make({ delay });
    await clock.advance(7);
    const result = hedge.execute(racers.run);
    await clock.advance(120);
    racers.resolve(2, 'second');
    await result;
    expect(told).toEqual([120]);
  });

  it('is not told of calls that failed, or whose first attempt failed', async () => {
    const told: number[] = [];
    const delay = Object.assign(() => 100, { observe: (ms: number) => told.push(ms) });
    const { hedge, racers } = make({ delay });
    const saved = hedge.execute(racers.run);
    racers.reject(1, boom);
    await settle();
    racers.resolve(2, 'fine');
    await saved;
    const failed = hedge.execute(() => Promise.reject(boom));
    await rejection(failed);
    expect(told).toEqual([]);
  });

  it('changes nothing if it throws when it is told', async () => {
    const delay = Object.assign(() => 100, {
      observe: () => {
        throw boom;
      },
    });
    const { hedge } = make({ delay });
    const reports = await collectReports(async () => {
      expect(await hedge.execute(() => 'fine')).toBe('fine');
    });
    expect(reports).toEqual([boom]);
  });
});

describe('the events of a hedge', () => {
  function listen(hedge: HedgePolicy): object[] {
    const events: object[] = [];
    const note = ({ policy, policyName, at, callId, ...rest }: PolicyEvent): void => {
      expect(callId).toBeGreaterThan(0);
      expect([policy, policyName]).toEqual([hedge, 'search']);
      expect(at).toBeTypeOf('number');
      events.push(rest);
    };
    for (const type of ['hedge', 'success', 'failure'] as const) hedge.on(type, note);
    return events;
  }

  it('report each hedge once, and the outcome of the call', async () => {
    const { clock, hedge, racers } = make({ maxHedges: 2, name: 'search' });
    await clock.advance(7);
    const events = listen(hedge);
    const result = hedge.execute(racers.run);
    await clock.advance(250);
    racers.resolve(2, 'second');
    await result;
    racers.resolve(1, 'late');
    await settle();
    expect(events).toEqual([
      { type: 'hedge', attempt: 2 },
      { type: 'hedge', attempt: 3 },
      { type: 'success', attempt: 2, duration: 250 },
    ]);
  });

  it('report the first error if all attempts fail', async () => {
    const { clock, hedge, racers } = make({ name: 'search' });
    const events = listen(hedge);
    const result = hedge.execute(racers.run);
    await clock.advance(10);
    racers.reject(1, boom);
    await clock.advance(10);
    racers.reject(2, new Error('other'));
    await rejection(result);
    expect(events).toEqual([
      { type: 'hedge', attempt: 2 },
      { type: 'failure', attempt: 1, duration: 20, error: boom },
    ]);
  });

  it('report a value that counts as a failure', async () => {
    const { hedge, racers } = make({ name: 'search', maxHedges: 0, handleResult: () => true });
    const events = listen(hedge);
    const result = hedge.execute(racers.run);
    racers.resolve(1, 'bad');
    await result;
    expect(events).toEqual([{ type: 'failure', attempt: 1, duration: 0, value: 'bad' }]);
  });

  it('report no outcome of a call that its caller aborted, and no duration that was not measured', async () => {
    const { hedge, racers } = make({ name: 'search' });
    const caller = new AbortController();
    const early = hedge.execute(racers.run);
    const events = listen(hedge);
    const aborted = hedge.execute(racers.run, { signal: caller.signal });
    caller.abort(boom);
    await rejection(aborted);
    expect(events).toEqual([]);
    racers.resolve(1, 'fine');
    await early;
    expect(events).toEqual([{ type: 'success', attempt: 1, duration: undefined }]);
  });

  it('report nothing if a predicate aborts the call and throws', async () => {
    const caller = new AbortController();
    const { hedge, racers } = make({
      name: 'search',
      handle: () => {
        caller.abort(boom);
        throw new Error('predicate');
      },
    });
    const events = listen(hedge);
    const result = hedge.execute(racers.run, { signal: caller.signal });
    racers.reject(1, new Error('other'));
    expect(await rejection(result)).toBe(boom);
    expect(events).toEqual([]);
  });

  it('change nothing if a listener throws', async () => {
    const { clock, hedge, racers } = make();
    for (const type of ['hedge', 'success'] as const) {
      hedge.on(type, () => {
        throw boom;
      });
    }
    const reports = await collectReports(async () => {
      const result = hedge.execute(racers.run);
      await clock.advance(100);
      racers.resolve(2, 'second');
      expect(await result).toBe('second');
    });
    expect(reports).toEqual([boom, boom]);
    expect(racers.signal(1).reason).toBeInstanceOf(HedgeLostError);
  });
});

describe('a hedge around a retry', () => {
  it('lets a body stream on after disarm()', async () => {
    const clock = new ManualClock();
    const hedge = new HedgePolicy({ delay: 100, clock });
    const racers = new Racers();
    const retry = new RetryPolicy({ backoff: Backoff.none, clock });
    const caller = new AbortController();
    const result = new Failsafe({ policies: [hedge, retry] }).execute(racers.run, {
      signal: caller.signal,
    });
    racers.reject(1, boom);
    await settle();
    await clock.advance(100);
    const { signal } = racers.at(2).context;
    racers.at(2).context.disarm();
    racers.resolve(2, 'headers');
    expect(await result).toBe('headers');
    await clock.advance('1h');
    expect(signal.aborted).toBe(false);
    caller.abort(boom);
    expect(signal.reason).toBe(boom);
  });
});
