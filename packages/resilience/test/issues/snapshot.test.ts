import { describe, expect, it } from 'vitest';
import { CircuitBreakerPolicy, rate } from '@highway/resilience';
import type { CircuitBreakerOptions, CircuitSnapshot } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import { fail, hold, play, succeed } from '../support/calls.ts';

const options = { cooldown: '1s', failureThreshold: '3/5', successThreshold: '1/1' } as const;

function breakerAt(clock: ManualClock, more: CircuitBreakerOptions = {}): CircuitBreakerPolicy {
  return new CircuitBreakerPolicy({ ...options, clock, ...more });
}

/** What another process reads. */
function carried(breaker: CircuitBreakerPolicy): CircuitSnapshot {
  return JSON.parse(JSON.stringify(breaker)) as CircuitSnapshot;
}

/** The clock of another process, which shares nothing but the wall time. */
function elsewhere(clock: ManualClock): ManualClock {
  return new ManualClock({ wallStart: clock.wallNow() });
}

describe('a snapshot', () => {
  it.each([options.failureThreshold, rate(0.5, { over: '10s', minimumCalls: 3 })])(
    'brings the window back, not the state alone (cockatiel 3.2.1)',
    async (failureThreshold) => {
      const clock = new ManualClock({ wallStart: 1e12 });
      const breaker = breakerAt(clock, { failureThreshold });
      await play(breaker, '00');
      const initialState = carried(breaker);
      const restored = breakerAt(elsewhere(clock), { failureThreshold, initialState });
      expect(restored.history.failureCount).toBe(2);
      await fail(restored);
      expect(restored.state).toBe('OPEN');
    },
  );

  it('is a copy, of which neither side sees what the other does (cockatiel #113)', async () => {
    const clock = new ManualClock();
    const breaker = breakerAt(clock);
    await play(breaker, '00');
    const snapshot = breaker.toJSON();
    const before = structuredClone(snapshot);
    const restored = breakerAt(clock, { initialState: snapshot });
    await play(breaker, '11');
    await play(restored, '01');
    expect(snapshot).toEqual(before);
    expect([...breaker.history]).toEqual([false, false, true, true]);
  });

  it('of an open circuit whose wait is over lets a trial call in (opossum #720)', async () => {
    const clock = new ManualClock({ wallStart: 1e12 });
    const breaker = breakerAt(clock);
    breaker.open();
    const initialState = carried(breaker);
    await clock.advance('5s');
    const restored = breakerAt(elsewhere(clock), { initialState });
    expect([restored.state, restored.retryAfter]).toEqual(['OPEN', 0]);
    await succeed(restored);
    expect(restored.state).toBe('CLOSED');
  });

  it('of an open circuit waits the rest, not anew (opossum #720)', async () => {
    const clock = new ManualClock({ wallStart: 1e12 });
    const breaker = breakerAt(clock);
    breaker.open();
    await clock.advance(600);
    expect(breakerAt(elsewhere(clock), { initialState: carried(breaker) }).retryAfter).toBe(400);
  });

  it('of a half-open circuit is an open one with no wait left (cockatiel, opossum #720)', async () => {
    const clock = new ManualClock();
    const breaker = breakerAt(clock);
    breaker.halfOpen();
    hold(breaker);
    const initialState = carried(breaker);
    expect(initialState.state).toBe('OPEN');
    expect(hold(breakerAt(elsewhere(clock), { initialState })).ran).toBe(true);
  });

  it('of an isolated circuit is the state below, which nobody has to release (cockatiel)', async () => {
    const breaker = breakerAt(new ManualClock());
    breaker.isolate();
    const restored = breakerAt(new ManualClock(), { initialState: carried(breaker) });
    expect(restored.state).toBe('CLOSED');
    expect(await succeed(restored)).toBe('fine');
  });

  it.each([-3_600_000, 3_600_000])(
    'survives a host whose wall clock is %d ms off (cockatiel)',
    async (offset) => {
      const clock = new ManualClock({ wallStart: 1e12 });
      const breaker = breakerAt(clock);
      breaker.open();
      const initialState = carried(breaker);
      const other = new ManualClock({ wallStart: 1e12 + offset });
      const restored = breakerAt(other, { initialState });
      expect(restored.retryAfter).toBeLessThanOrEqual(1_000);
      await other.advance('1s');
      await succeed(restored);
      expect(restored.state).toBe('CLOSED');
    },
  );

  it.each<[string, unknown]>([
    ['null', null],
    ['a text', 'OPEN'],
    ['an empty object', {}],
    ['one of a later version', { version: 2, state: 'CLOSED', at: 0, openings: 0, windows: [] }],
    ['one of no known state', { version: 1, state: 'AJAR', at: 0, openings: 0, windows: [] }],
    ['one with numbers lost to JSON', { version: 1, state: 'OPEN', at: null, openings: null }],
    [
      'one with a broken window',
      { version: 1, state: 'CLOSED', at: 0, openings: 0, windows: ['x'] },
    ],
  ])('that is malformed is rejected by name: %s (cockatiel takes it)', (_name, malformed) => {
    const make = (): unknown => breakerAt(new ManualClock(), { initialState: malformed as never });
    expect(make).toThrow('initialState');
  });
});
