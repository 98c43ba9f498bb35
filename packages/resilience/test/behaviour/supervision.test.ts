import { describe, expect, it } from 'vitest';
import {
  CircuitBreakerPolicy,
  CircuitOpenError,
  consecutive,
  rate,
  slow,
} from '@highway/resilience';
import type { CircuitBreakerOptions } from '@highway/resilience';
import { supervisionOf } from '@highway/resilience/supervision';
import type { TrialSlot, TrialSupervisor } from '@highway/resilience/supervision';
import { ManualClock } from '@highway/resilience/testing';

/** A supervisor with a number of slots that notes how they are settled. */
class Slots implements TrialSupervisor {
  readonly told: string[] = [];
  free: number;
  retryAfter = (): number => 77;

  constructor(free: number) {
    this.free = free;
  }

  takeSlot(): TrialSlot | undefined {
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

function opened(slots: Slots, options: CircuitBreakerOptions = {}) {
  const clock = new ManualClock();
  const breaker = new CircuitBreakerPolicy({
    clock,
    cooldown: 1000,
    failureThreshold: '1/2',
    ...options,
  });
  const held = supervisionOf(breaker).superviseTrials(slots);
  breaker.open();
  return { clock, breaker, held };
}

describe('a supervised breaker', () => {
  it('asks for no slot before the cooldown is over', async () => {
    const slots = new Slots(1);
    const { breaker } = opened(slots);
    await expect(breaker.execute(works)).rejects.toThrow(CircuitOpenError);
    expect(slots.free).toBe(1);
  });

  it('stays open without a trial slot and becomes half-open with one', async () => {
    const slots = new Slots(0);
    const { breaker, clock } = opened(slots);
    await clock.advance(1000);
    await expect(breaker.execute(works)).rejects.toThrow(CircuitOpenError);
    expect(breaker.state).toBe('OPEN');
    slots.free = 1;
    await expect(breaker.execute(works)).resolves.toBe('fine');
    expect(breaker.state).toBe('HALF_OPEN');
    expect(slots.told).toEqual(['success']);
  });

  it('neither closes nor opens by the outcomes of trial calls', async () => {
    const slots = new Slots(100);
    const { breaker, clock } = opened(slots);
    await clock.advance(1000);
    for (let i = 0; i < 10; i++) {
      await breaker.execute(works);
      await expect(breaker.execute(fails)).rejects.toThrow('down');
    }
    expect(breaker.state).toBe('HALF_OPEN');
    expect(slots.told.filter((each) => each === 'failure')).toHaveLength(10);
  });

  it('keeps the window and the slots of earlier trial calls when another is admitted', async () => {
    const slots = new Slots(2);
    const { breaker, clock } = opened(slots);
    await clock.advance(1000);
    const permits = [breaker.tryAcquire(), breaker.tryAcquire()];
    permits[0]?.success();
    permits[1]?.failure(new Error('down'));
    expect([...breaker.history]).toEqual([true, false]);
    expect(slots.told).toEqual(['success', 'failure']);
  });

  it('asks for no slot while every call runs', async () => {
    const slots = new Slots(5);
    const { breaker, clock } = opened(slots, { rampUp: '1s' });
    breaker.metricsOnly();
    await breaker.execute(works);
    breaker.close({ rampUp: true });
    await clock.advance(999);
    await breaker.execute(works);
    expect([slots.free, breaker.state]).toEqual([5, 'CLOSED']);
  });

  it('keeps its state when a supervisor comes or goes', () => {
    const breaker = new CircuitBreakerPolicy();
    supervisionOf(breaker).superviseTrials(new Slots(0))[Symbol.dispose]();
    expect(breaker.state).toBe('CLOSED');
    breaker.open();
    supervisionOf(breaker).superviseTrials(new Slots(0))[Symbol.dispose]();
    expect(breaker.state).toBe('OPEN');
  });

  it('reports the time until a trial call loses its slot if the supervisor has no retryAfter', async () => {
    const clock = new ManualClock();
    const breaker = new CircuitBreakerPolicy({ clock, trialTimeout: '4s' });
    const slots = new Slots(1);
    supervisionOf(breaker).superviseTrials({ takeSlot: () => slots.takeSlot() });
    breaker.halfOpen();
    breaker.tryAcquire();
    await clock.advance('1s');
    await expect(breaker.execute(works)).rejects.toMatchObject({ retryAfter: 3000 });
  });

  it("reports the supervisor's retryAfter before the first slot is given", async () => {
    const { breaker, clock } = opened(new Slots(0));
    await expect(breaker.execute(works)).rejects.toMatchObject({ retryAfter: 1000 });
    await clock.advance(1000);
    await expect(breaker.execute(works)).rejects.toMatchObject({ retryAfter: 77 });
    expect(breaker.state).toBe('OPEN');
  });

  it("reports the supervisor's retryAfter when no slot is left", async () => {
    const { breaker, clock } = opened(new Slots(1));
    await clock.advance(1000);
    await breaker.execute(works);
    await expect(breaker.execute(works)).rejects.toMatchObject({ retryAfter: 77 });
  });

  it('releases the slot of a cancelled call', async () => {
    const slots = new Slots(1);
    const { breaker, clock } = opened(slots);
    await clock.advance(1000);
    const permit = breaker.tryAcquire();
    permit?.release();
    expect(slots.told).toEqual(['release']);
  });

  it('releases a slot once if its call ends after a state change', async () => {
    const slots = new Slots(1);
    const { breaker, clock } = opened(slots);
    await clock.advance(1000);
    const permit = breaker.tryAcquire();
    breaker.close();
    permit?.success();
    permit?.success();
    expect(slots.told).toEqual(['release']);
    expect(breaker.history.length).toBe(0);
  });

  it('releases the slot of a call that exceeds trialTimeout', async () => {
    const slots = new Slots(1);
    const { breaker, clock } = opened(slots, { trialTimeout: 500 });
    await clock.advance(1000);
    const permit = breaker.tryAcquire();
    await clock.advance(500);
    permit?.success();
    expect(slots.told).toEqual(['release']);
  });

  it('still opens by its own threshold', async () => {
    const { breaker } = opened(new Slots(0));
    breaker.close();
    await expect(breaker.execute(fails)).rejects.toThrow('down');
    expect(breaker.state).toBe('OPEN');
  });

  it('applies its own rules with a fresh window when supervision ends', async () => {
    const slots = new Slots(5);
    const { breaker, clock, held } = opened(slots);
    await clock.advance(1000);
    for (let i = 0; i < 5; i++) await breaker.execute(works);
    held[Symbol.dispose]();
    held[Symbol.dispose]();
    expect(breaker.state).toBe('HALF_OPEN');
    await breaker.execute(works);
    await breaker.execute(works);
    expect(breaker.state).toBe('CLOSED');
    expect(slots.told).toHaveLength(5);
  });

  it('releases the slot and rejects the call if taking the slot changes the state', async () => {
    const { breaker, clock, held } = opened(new Slots(0));
    held[Symbol.dispose]();
    const slots = new Slots(1);
    supervisionOf(breaker).superviseTrials({
      takeSlot: () => {
        breaker.open();
        breaker.isolate();
        return slots.takeSlot();
      },
    });
    await clock.advance(1000);
    await expect(breaker.execute(works)).rejects.toThrow(CircuitOpenError);
    expect(slots.told).toEqual(['release']);
  });

  it('accepts one supervisor at a time and checks that it has takeSlot', () => {
    const { breaker } = opened(new Slots(0));
    expect(() => supervisionOf(breaker).superviseTrials(new Slots(0))).toThrow(/supervisor/u);
    expect(() => supervisionOf(new CircuitBreakerPolicy()).superviseTrials({} as never)).toThrow(
      /takeSlot/u,
    );
    expect(() =>
      supervisionOf(new CircuitBreakerPolicy()).superviseTrials(undefined as never),
    ).toThrow(/takeSlot/u);
  });
});

describe('a breaker that is told', () => {
  it('to open for a given time rejects calls for that long', async () => {
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

  it('to close as after a recovery ramps up', async () => {
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

  it('to close admits every call at once unless rampUp is true', async () => {
    for (const options of [undefined, {}, { rampUp: false }]) {
      const breaker = new CircuitBreakerPolicy({ clock: new ManualClock(), rampUp: '10s' });
      breaker.open();
      breaker.close(options);
      for (let i = 0; i < 5; i++) await expect(breaker.execute(works)).resolves.toBe('fine');
    }
  });

  it('counts every outcome in its totals', async () => {
    const breaker = new CircuitBreakerPolicy({ failureThreshold: '2/2' });
    await breaker.execute(works);
    await expect(breaker.execute(fails)).rejects.toThrow('down');
    breaker.halfOpen();
    await breaker.execute(works);
    breaker.tryAcquire()?.release();
    expect(supervisionOf(breaker).totals).toEqual({ successes: 2, failures: 1 });
  });

  it('exposes its rules for trial calls', () => {
    const breaker = new CircuitBreakerPolicy({ successThreshold: '2/3', trialTimeout: '4s' });
    expect(supervisionOf(breaker).trialRules).toEqual({
      trialCalls: 3,
      successesToClose: 2,
      failuresToOpen: 2,
      maxConcurrentTrials: 3,
      trialTimeoutMs: 4000,
    });
  });

  it('computes later cooldowns', () => {
    const breaker = new CircuitBreakerPolicy({ cooldown: '5s' });
    expect(supervisionOf(breaker).cooldownMs(3)).toBe(5000);
  });

  it.each([
    [undefined, 0.5],
    ['2/5', 0.4],
    [consecutive(3), undefined],
    [[consecutive(3), rate(0.3, { over: '10s', minimumCalls: 5 })], 0.3],
    [slow(0.5, { slowerThan: '1s' }), undefined],
  ] as const)(
    'exposes the first failure rate of its thresholds: %j',
    (failureThreshold, expected) => {
      const breaker = new CircuitBreakerPolicy({ failureThreshold });
      expect(supervisionOf(breaker).failureRate).toBe(expected);
    },
  );

  it('must be a breaker', () => {
    expect(() => supervisionOf({} as never)).toThrow(
      'breaker: {} is invalid; expected a CircuitBreakerPolicy',
    );
  });
});
