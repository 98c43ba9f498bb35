import { describe, expect, it } from 'vitest';
import { CircuitBreakerPolicy, rate } from '@highway/resilience';
import type { CircuitBreakerOptions, CircuitSnapshot } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import { fail, hold, play, rejection, succeed, thrown } from '../support/calls.ts';

const wallStart = 1_700_000_000_000;

/** A snapshot's way into another process: through JSON. */
function carried(breaker: CircuitBreakerPolicy): CircuitSnapshot {
  return JSON.parse(JSON.stringify(breaker)) as CircuitSnapshot;
}

/** A process of its own: a clock that began at another time, with the same wall time. */
function restored(
  snapshot: CircuitSnapshot,
  clock: ManualClock,
  options: CircuitBreakerOptions = {},
): CircuitBreakerPolicy {
  return new CircuitBreakerPolicy({ clock, ...options, initialState: snapshot });
}

const options = { cooldown: '1s', failureThreshold: '3/5', successThreshold: '1/1' } as const;

function breakerAt(clock: ManualClock, more: CircuitBreakerOptions = {}): CircuitBreakerPolicy {
  return new CircuitBreakerPolicy({ ...options, clock, ...more });
}

/** The clock of another process, which shares nothing but the wall time. */
function elsewhere(clock: ManualClock): ManualClock {
  return new ManualClock({ wallStart: clock.wallNow() });
}

describe('a snapshot', () => {
  it('is plain data with a version, and survives JSON', async () => {
    const breaker = new CircuitBreakerPolicy({ failureThreshold: '2/5' });
    await play(breaker, '101');
    const snapshot = breaker.toJSON();
    expect(JSON.parse(JSON.stringify(snapshot))).toEqual(snapshot);
    expect(snapshot.version).toBe(1);
    expect(carried(breaker)).toMatchObject({ version: 1, state: 'CLOSED' });
  });

  it('restores the window of a closed breaker', async () => {
    const options = { failureThreshold: '3/4' } as const;
    const breaker = new CircuitBreakerPolicy(options);
    await play(breaker, '10110');
    const copy = restored(carried(breaker), new ManualClock(), options);
    expect([copy.state, [...copy.history]]).toEqual(['CLOSED', [false, true, true, false]]);
    await fail(copy);
    expect(copy.state).toBe('CLOSED');
    await fail(copy);
    expect(copy.state).toBe('OPEN');
  });

  it('leaves windows empty for thresholds that it does not know', async () => {
    const breaker = new CircuitBreakerPolicy({ failureThreshold: '2/5' });
    await play(breaker, '10');
    const timed = rate(0.5, { over: '1m', minimumCalls: 2 });
    const copy = restored(carried(breaker), new ManualClock(), {
      failureThreshold: ['2/5', timed],
    });
    expect([...copy.history]).toEqual([true, false]);
    expect(copy.toJSON().windows).toEqual(['10', []]);
  });

  it('restores the remaining wait of an open breaker, by wall time (opossum #720)', async () => {
    const clock = new ManualClock({ wallStart });
    const options = { cooldown: '30s', failureThreshold: '2/2' } as const;
    const breaker = new CircuitBreakerPolicy({ clock, ...options });
    await clock.advance('1h');
    await play(breaker, '00');
    await clock.advance('10s');
    const later = new ManualClock({ wallStart: clock.wallNow() + 5_000 });
    const copy = restored(carried(breaker), later, options);
    expect([copy.state, copy.retryAfter]).toEqual(['OPEN', 15_000]);
    expect([...copy.history]).toEqual([false, false]);
    await later.advance(14_999);
    expect(await rejection(succeed(copy))).toMatchObject({ retryAfter: 1 });
    await later.advance(1);
    expect(await succeed(copy)).toBe('fine');
    expect(copy.state).toBe('CLOSED');
  });

  it('leaves no wait if the wait has ended meanwhile (opossum #720)', () => {
    const clock = new ManualClock({ wallStart });
    const breaker = new CircuitBreakerPolicy({ clock, cooldown: '30s' });
    breaker.open();
    const later = new ManualClock({ wallStart: wallStart + 86_400_000 });
    const copy = restored(carried(breaker), later, { cooldown: '30s' });
    expect([copy.state, copy.retryAfter, hold(copy).ran]).toEqual(['OPEN', 0, true]);
  });

  it.each([
    ['the cooldown is shorter there', wallStart, '5s', 5_000],
    ['the wall clock is behind there', wallStart - 86_400_000, '30s', 30_000],
  ])('never makes the wait longer than the cooldown: %s', (_why, wall, cooldown, longest) => {
    const breaker = new CircuitBreakerPolicy({ clock: new ManualClock({ wallStart }) });
    breaker.open();
    const copy = restored(carried(breaker), new ManualClock({ wallStart: wall }), { cooldown });
    expect(copy.retryAfter).toBe(longest);
  });

  it('of a half-open breaker restores an open one with no wait left (cockatiel, opossum #720)', async () => {
    const clock = new ManualClock({ wallStart });
    const breaker = new CircuitBreakerPolicy({ clock, failureThreshold: '2/3' });
    breaker.halfOpen();
    await play(breaker, '1');
    expect(carried(breaker).state).toBe('OPEN');
    const copy = restored(carried(breaker), new ManualClock({ wallStart }));
    expect([copy.state, copy.retryAfter, hold(copy).ran]).toEqual(['OPEN', 0, true]);
    expect(copy.state).toBe('HALF_OPEN');
    expect(breaker.state).toBe('HALF_OPEN');
  });

  it.each(['CLOSED', 'OPEN', 'HALF_OPEN'] as const)(
    'of an isolated breaker restores the state below: %s (cockatiel)',
    async (state) => {
      const clock = new ManualClock({ wallStart });
      const breaker = new CircuitBreakerPolicy({ clock, cooldown: '30s' });
      if (state === 'OPEN') breaker.open();
      if (state === 'HALF_OPEN') breaker.halfOpen();
      await clock.advance('10s');
      breaker.isolate();
      const snapshot = carried(breaker);
      expect(snapshot.state).toBe(state === 'HALF_OPEN' ? 'OPEN' : state);
      const copy = restored(snapshot, new ManualClock({ wallStart: clock.wallNow() }));
      expect(copy.retryAfter).toBe(state === 'OPEN' ? 20_000 : 0);
    },
  );

  it('of an open breaker restores the window that opened it, including one of trial calls', async () => {
    const clock = new ManualClock({ wallStart });
    const breaker = new CircuitBreakerPolicy({ clock, cooldown: '1s', failureThreshold: '2/3' });
    await play(breaker, '100');
    expect([...restored(carried(breaker), clock).history]).toEqual([true, false, false]);
    await clock.advance('1s');
    await play(breaker, '010');
    expect([breaker.state, [...breaker.history]]).toEqual(['OPEN', [false, true, false]]);
    expect([...restored(carried(breaker), clock).history]).toEqual([false, true, false]);
  });

  it('that is taken right after a restore is the same again', async () => {
    const clock = new ManualClock({ wallStart });
    const breaker = new CircuitBreakerPolicy({ clock, failureThreshold: '2/3' });
    await play(breaker, '100');
    const snapshot = carried(breaker);
    expect(carried(restored(snapshot, clock, { failureThreshold: '2/3' }))).toEqual(snapshot);
  });

  it('may come from a breaker with another window: the latest outcomes count', async () => {
    const breaker = new CircuitBreakerPolicy({ failureThreshold: '10/10' });
    await play(breaker, '0001101');
    const smaller = restored(carried(breaker), new ManualClock(), { failureThreshold: '3/3' });
    expect([...smaller.history]).toEqual([true, false, true]);
    const larger = restored(carried(breaker), new ManualClock(), { failureThreshold: '20/20' });
    expect(larger.history.length).toBe(7);
  });

  it('causes no event when it is restored', () => {
    const breaker = new CircuitBreakerPolicy();
    breaker.open();
    const seen: unknown[] = [];
    restored(carried(breaker), new ManualClock(), {
      onStateChange: (...change) => seen.push(change),
    });
    expect(seen).toEqual([]);
  });

  it('does not read the system’s time if the clock has a wall time', () => {
    const breaker = new CircuitBreakerPolicy({ clock: new ManualClock({ wallStart }) });
    expect(JSON.stringify(breaker)).toContain(String(wallStart));
  });

  it.each([options.failureThreshold, rate(0.5, { over: '10s', minimumCalls: 3 })])(
    'restores the window, not only the state (cockatiel 3.2.1)',
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

  it('is a copy, which neither breaker changes (cockatiel #113)', async () => {
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

  it.each([-3_600_000, 3_600_000])(
    'makes the wait no longer than the cooldown if the wall clock is %d ms off (cockatiel)',
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
});

describe('a malformed snapshot (cockatiel takes it)', () => {
  const good = (): Record<string, unknown> => {
    const breaker = new CircuitBreakerPolicy({ clock: new ManualClock({ wallStart }) });
    breaker.open();
    return { ...carried(breaker) };
  };

  it.each([null, 5, 'text', '{}', true, [], {}, () => ({}), JSON.stringify(good())])(
    'is rejected, and the error names initialState: %o',
    (value) => {
      const make = (): unknown => new CircuitBreakerPolicy({ initialState: value as never });
      expect(thrown(make)).toBeInstanceOf(TypeError);
      expect(make).toThrow('initialState');
    },
  );

  it.each(Object.keys(good()))('is rejected if its %s is invalid', (key) => {
    for (const value of [undefined, null, 'text', Number.NaN, Infinity, {}, [5]]) {
      const initialState = { ...good(), [key]: value } as unknown as CircuitSnapshot;
      const error = thrown(() => new CircuitBreakerPolicy({ initialState }));
      expect((error as Error).message).toContain('initialState');
    }
  });

  it.each([
    { version: 2 },
    { version: '1' },
    { state: 'HALF_OPEN' },
    { state: 'open' },
    { windows: ['01x'] },
    { windows: '01' },
    { windows: [[1, 2]] },
    { windows: [[[0, 1, 2]]] },
    { openings: 1.5 },
    { openings: -1 },
  ])('is rejected, and the error names initialState: %j', (change) => {
    const initialState = { ...good(), ...change } as unknown as CircuitSnapshot;
    expect(() => new CircuitBreakerPolicy({ initialState })).toThrow('initialState');
  });

  it('differs from a valid one and from none', () => {
    expect(new CircuitBreakerPolicy({ initialState: good() as never }).state).toBe('OPEN');
    expect(new CircuitBreakerPolicy({ initialState: undefined as never }).state).toBe('CLOSED');
  });
});
