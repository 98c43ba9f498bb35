import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Gate } from '../../pipeline/stage.ts';
import { stage } from '../../policy.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { CircuitBreakerPolicy } from './policy.ts';
import type { CircuitBreakerOptions } from './policy.ts';
import { rate, slow } from './rate.ts';

/** A breaker, its part in a pipeline, and how often it read the time. */
class Bench {
  reads = 0;
  readonly breaker: CircuitBreakerPolicy;
  readonly gate: Gate;

  constructor(options: CircuitBreakerOptions = {}) {
    const clock = new ManualClock();
    const now = (): number => {
      this.reads++;
      return clock.now();
    };
    this.breaker = new CircuitBreakerPolicy({
      clock: { now, setTimeout: fail, clearTimeout: fail },
      failureThreshold: '9/9',
      ...options,
    });
    this.gate = this.breaker[stage];
  }

  /** A call with a signal, which takes no lane. */
  call(fn: () => unknown = () => 1): Promise<unknown> {
    return this.breaker.executeOutcome(fn, { signal: new AbortController().signal });
  }
}

function fail(): never {
  throw new Error('failure');
}

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('the lane of a closed circuit', () => {
  it('is kept for as long as the state lasts, and made anew after it', () => {
    const { breaker, gate } = new Bench();
    const lane = gate.lane?.();
    expect(lane).toBeDefined();
    expect(gate.lane?.()).toBe(lane);
    breaker.open();
    expect(gate.lane?.()).toBeUndefined();
    breaker.close();
    expect(gate.lane?.()).toBeDefined();
    expect(gate.lane?.()).not.toBe(lane);
  });

  it('is none while somebody listens', () => {
    const { breaker, gate } = new Bench();
    const lane = gate.lane?.();
    const remove = breaker.on('success', () => {});
    expect(gate.lane?.()).toBeUndefined();
    remove();
    expect(gate.lane?.()).toBe(lane);
  });

  it('is kept while somebody waits for a change of state alone', () => {
    const { breaker, gate } = new Bench();
    const lane = gate.lane?.();
    const states: string[] = [];
    breaker.on('stateChange', ({ newState }) => states.push(newState));
    expect(gate.lane?.()).toBe(lane);
    breaker.open();
    expect(states).toEqual(['OPEN']);
  });

  it.each<[string, CircuitBreakerOptions]>([
    ['values are judged', { handleResult: () => false }],
    ['it must be known how long calls take', { failureThreshold: slow(1, { slowerThan: 1 }) }],
  ])('is none where %s', (_why, options) => {
    expect(new Bench(options).gate.lane?.()).toBeUndefined();
  });

  it.each(['open', 'halfOpen', 'isolate', 'disable', 'metricsOnly'] as const)(
    'is none after %s()',
    (order) => {
      const { breaker, gate } = new Bench();
      breaker[order]();
      expect(gate.lane?.()).toBeUndefined();
    },
  );
});

describe('a breaker reads no time', () => {
  it('for successes through a closed circuit', async () => {
    const bench = new Bench();
    await bench.call();
    await bench.breaker.execute(() => 1);
    expect(bench.reads).toBe(0);
  });

  it('but once for a failure, which may open it', async () => {
    const bench = new Bench();
    await bench.call(fail);
    expect(bench.reads).toBe(1);
    await bench.breaker.executeOutcome(fail);
    expect(bench.reads).toBe(2);
  });

  it('but for each outcome where a window forgets by time', async () => {
    const bench = new Bench({ failureThreshold: rate(1, { over: '1s', minimumCalls: 9 }) });
    await bench.call();
    await bench.breaker.execute(() => 1);
    expect(bench.reads).toBeGreaterThanOrEqual(2);
    expect(bench.breaker.history.length).toBe(2);
  });
});

describe('a breaker reports nothing by itself', () => {
  it('where there is a listener to transitions, and no callback', () => {
    const reported: unknown[] = [];
    vi.stubGlobal('reportError', (error: unknown) => reported.push(error));
    const { breaker } = new Bench();
    breaker.on('stateChange', () => {});
    breaker.open();
    expect(reported).toEqual([]);
  });
});
