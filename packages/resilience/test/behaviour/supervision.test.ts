import { describe, expect, it } from 'vitest';
import { CircuitBreakerPolicy, CircuitOpenError } from '@highway/resilience';
import type { CircuitBreakerOptions, TestPlace, TestSupervisor } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';

/** A supervisor with a number of places, that notes what becomes of them. */
class Places implements TestSupervisor {
  readonly told: string[] = [];
  free: number;
  retryAfter = (): number => 77;

  constructor(free: number) {
    this.free = free;
  }

  takePlace(): TestPlace | undefined {
    if (this.free === 0) return undefined;
    this.free--;
    return {
      success: () => this.told.push('success'),
      failure: () => this.told.push('failure'),
      release: () => this.told.push('release'),
    };
  }
}

const works = (): Promise<string> => Promise.resolve('fine');
const fails = (): Promise<string> => Promise.reject(new Error('down'));

function opened(places: Places, options: CircuitBreakerOptions = {}) {
  const clock = new ManualClock();
  const breaker = new CircuitBreakerPolicy({
    clock,
    cooldown: 1000,
    failureThreshold: '1/2',
    ...options,
  });
  const held = breaker.superviseTests(places);
  breaker.open();
  return { clock, breaker, held };
}

describe('a breaker whose test calls somebody else decides about', () => {
  it('asks nobody before the wait is over', async () => {
    const places = new Places(1);
    const { breaker } = opened(places);
    await expect(breaker.execute(works)).rejects.toThrow(CircuitOpenError);
    expect(places.free).toBe(1);
  });

  it('stays open while there is no place, and tests with one', async () => {
    const places = new Places(0);
    const { breaker, clock } = opened(places);
    await clock.advance(1000);
    await expect(breaker.execute(works)).rejects.toThrow(CircuitOpenError);
    expect(breaker.state).toBe('OPEN');
    places.free = 1;
    await expect(breaker.execute(works)).resolves.toBe('fine');
    expect(breaker.state).toBe('HALF_OPEN');
    expect(places.told).toEqual(['success']);
  });

  it('neither closes nor opens by outcomes, however many', async () => {
    const places = new Places(100);
    const { breaker, clock } = opened(places);
    await clock.advance(1000);
    for (let i = 0; i < 10; i++) {
      await breaker.execute(works);
      await expect(breaker.execute(fails)).rejects.toThrow('down');
    }
    expect(breaker.state).toBe('HALF_OPEN');
    expect(places.told.filter((each) => each === 'failure')).toHaveLength(10);
  });

  it('keeps the window and the places of the test calls before, when another comes', async () => {
    const places = new Places(2);
    const { breaker, clock } = opened(places);
    await clock.advance(1000);
    const permits = [breaker.tryAcquire(), breaker.tryAcquire()];
    permits[0]?.success();
    permits[1]?.failure(new Error('down'));
    expect([...breaker.history]).toEqual([true, false]);
    expect(places.told).toEqual(['success', 'failure']);
  });

  it('asks for no place while every call runs', async () => {
    const places = new Places(5);
    const { breaker, clock } = opened(places, { rampUp: '1s' });
    breaker.metricsOnly();
    await breaker.execute(works);
    breaker.close({ rampUp: true });
    await clock.advance(999);
    await breaker.execute(works);
    expect([places.free, breaker.state]).toEqual([5, 'CLOSED']);
  });

  it('stays in the state that it is in, when a supervisor comes or goes', () => {
    const breaker = new CircuitBreakerPolicy();
    breaker.superviseTests(new Places(0))[Symbol.dispose]();
    expect(breaker.state).toBe('CLOSED');
    breaker.open();
    breaker.superviseTests(new Places(0))[Symbol.dispose]();
    expect(breaker.state).toBe('OPEN');
  });

  it('says how long until a test call loses its place, where the supervisor says nothing', async () => {
    const clock = new ManualClock();
    const breaker = new CircuitBreakerPolicy({ clock, trialTimeout: '4s' });
    const places = new Places(1);
    breaker.superviseTests({ takePlace: () => places.takePlace() });
    breaker.halfOpen();
    breaker.tryAcquire();
    await clock.advance('1s');
    await expect(breaker.execute(works)).rejects.toMatchObject({ retryAfter: 3000 });
  });

  it('says in the error how long to wait for a place, before the first has been given too', async () => {
    const { breaker, clock } = opened(new Places(0));
    await expect(breaker.execute(works)).rejects.toMatchObject({ retryAfter: 1000 });
    await clock.advance(1000);
    await expect(breaker.execute(works)).rejects.toMatchObject({ retryAfter: 77 });
    expect(breaker.state).toBe('OPEN');
  });

  it('says in the error how long to wait for another place', async () => {
    const { breaker, clock } = opened(new Places(1));
    await clock.advance(1000);
    await breaker.execute(works);
    await expect(breaker.execute(works)).rejects.toMatchObject({ retryAfter: 77 });
  });

  it('gives the place of a cancelled call back', async () => {
    const places = new Places(1);
    const { breaker, clock } = opened(places);
    await clock.advance(1000);
    const permit = breaker.tryAcquire();
    permit?.release();
    expect(places.told).toEqual(['release']);
  });

  it('releases a place once whose call ends after the state has moved on', async () => {
    const places = new Places(1);
    const { breaker, clock } = opened(places);
    await clock.advance(1000);
    const permit = breaker.tryAcquire();
    breaker.close();
    permit?.success();
    permit?.success();
    expect(places.told).toEqual(['release']);
    expect(breaker.history.length).toBe(0);
  });

  it('releases a place whose call took longer than a test call may', async () => {
    const places = new Places(1);
    const { breaker, clock } = opened(places, { trialTimeout: 500 });
    await clock.advance(1000);
    const permit = breaker.tryAcquire();
    await clock.advance(500);
    permit?.success();
    expect(places.told).toEqual(['release']);
  });

  it('opens by its own threshold all the same', async () => {
    const { breaker } = opened(new Places(0));
    breaker.close();
    await expect(breaker.execute(fails)).rejects.toThrow('down');
    expect(breaker.state).toBe('OPEN');
  });

  it('goes by its own rules again, with a fresh window, when it is left alone', async () => {
    const places = new Places(5);
    const { breaker, clock, held } = opened(places);
    await clock.advance(1000);
    for (let i = 0; i < 5; i++) await breaker.execute(works);
    held[Symbol.dispose]();
    held[Symbol.dispose]();
    expect(breaker.state).toBe('HALF_OPEN');
    await breaker.execute(works);
    await breaker.execute(works);
    expect(breaker.state).toBe('CLOSED');
    expect(places.told).toHaveLength(5);
  });

  it('releases the place and refuses the call when asking for one moved the breaker on', async () => {
    const { breaker, clock, held } = opened(new Places(0));
    held[Symbol.dispose]();
    const places = new Places(1);
    breaker.superviseTests({
      takePlace: () => {
        breaker.open();
        breaker.isolate();
        return places.takePlace();
      },
    });
    await clock.advance(1000);
    await expect(breaker.execute(works)).rejects.toThrow(CircuitOpenError);
    expect(places.told).toEqual(['release']);
  });

  it('takes one supervisor at a time, and only what is one', () => {
    const { breaker } = opened(new Places(0));
    expect(() => breaker.superviseTests(new Places(0))).toThrow(/supervisor/u);
    expect(() => new CircuitBreakerPolicy().superviseTests({} as never)).toThrow(/takePlace/u);
    expect(() => new CircuitBreakerPolicy().superviseTests(undefined as never)).toThrow(
      /takePlace/u,
    );
  });
});

describe('a breaker that is told', () => {
  it('to open for a time of its own, refuses calls for that long', async () => {
    const clock = new ManualClock();
    const breaker = new CircuitBreakerPolicy({ clock, cooldown: '30s' });
    breaker.open({ for: '2s' });
    expect(breaker.retryAfter).toBe(2000);
    await clock.advance('2s');
    await expect(breaker.execute(works)).resolves.toBe('fine');
    expect(() => {
      breaker.open({ for: Infinity });
    }).toThrow(/for: Infinity/u);
  });

  it('to close as after a recovery, ramps up', async () => {
    const clock = new ManualClock();
    const breaker = new CircuitBreakerPolicy({ clock, rampUp: '10s' });
    breaker.open();
    breaker.close({ rampUp: true });
    await breaker.execute(works);
    await expect(breaker.execute(works)).rejects.toThrow(CircuitOpenError);
    await clock.advance('10s');
    await breaker.execute(works);
    await expect(breaker.execute(works)).resolves.toBe('fine');
  });

  it('to close lets every call through at once, unless it is to be a recovery', async () => {
    for (const options of [undefined, {}, { rampUp: false }]) {
      const breaker = new CircuitBreakerPolicy({ clock: new ManualClock(), rampUp: '10s' });
      breaker.open();
      breaker.close(options);
      for (let i = 0; i < 5; i++) await expect(breaker.execute(works)).resolves.toBe('fine');
    }
  });

  it('counts every outcome since it was made', async () => {
    const breaker = new CircuitBreakerPolicy({ failureThreshold: '2/2' });
    await breaker.execute(works);
    await expect(breaker.execute(fails)).rejects.toThrow('down');
    breaker.halfOpen();
    await breaker.execute(works);
    breaker.tryAcquire()?.release();
    expect(breaker.totals).toEqual({ successes: 2, failures: 1 });
  });

  it('says what test calls are judged by', () => {
    const breaker = new CircuitBreakerPolicy({ successThreshold: '2/3', trialTimeout: '4s' });
    expect(breaker.trialRules).toEqual({
      trialCalls: 3,
      closeAt: 2,
      openAt: 2,
      maxConcurrentTrials: 3,
      trialTimeout: 4000,
    });
  });

  it('says how long the next waits are', () => {
    expect(new CircuitBreakerPolicy({ cooldown: '5s' }).cooldownAfter(3)).toBe(5000);
  });
});
