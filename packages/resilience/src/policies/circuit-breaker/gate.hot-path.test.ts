import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Gate } from '../../pipeline/stage.ts';
import { stage } from '../../policy.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { CircuitBreakerPolicy } from './policy.ts';
import type { CircuitBreakerOptions } from './policy.ts';
import { rate, slow } from './rate.ts';

/** A breaker, its gate, and how often it read the time. */
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

  /** Makes a call with a signal, which cannot take the lane. */
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
  it('is kept as long as the state lasts, and replaced after that', () => {
    const { breaker, gate } = new Bench();
    const lane = gate.lane?.(false);
    expect(lane).toBeDefined();
    expect(gate.lane?.(false)).toBe(lane);
    breaker.open();
    expect(gate.lane?.(false)).toBeUndefined();
    breaker.close();
    expect(gate.lane?.(false)).toBeDefined();
    expect(gate.lane?.(false)).not.toBe(lane);
  });

  it('does not exist while somebody listens to calls', () => {
    const { breaker, gate } = new Bench();
    const lane = gate.lane?.(false);
    const remove = breaker.on('success', () => {});
    expect(gate.lane?.(false)).toBeUndefined();
    remove();
    expect(gate.lane?.(false)).toBe(lane);
  });

  it('is kept while somebody listens only to state changes', () => {
    const { breaker, gate } = new Bench();
    const lane = gate.lane?.(false);
    const states: string[] = [];
    breaker.on('stateChange', ({ newState }) => states.push(newState));
    expect(gate.lane?.(false)).toBe(lane);
    breaker.open();
    expect(states).toEqual(['OPEN']);
  });

  it.each<[string, CircuitBreakerOptions]>([
    ['handleResult', { handleResult: () => false }],
    ['a threshold that judges slowness', { failureThreshold: slow(1, { slowerThan: 1 }) }],
  ])('does not exist with %s', (_why, options) => {
    expect(new Bench(options).gate.lane?.(false)).toBeUndefined();
  });

  it.each(['open', 'halfOpen', 'isolate', 'disable', 'metricsOnly'] as const)(
    'does not exist after %s()',
    (method) => {
      const { breaker, gate } = new Bench();
      breaker[method]();
      expect(gate.lane?.(false)).toBeUndefined();
    },
  );
});

describe('a breaker reads the time', () => {
  it('not for successes while closed', async () => {
    const bench = new Bench();
    await bench.call();
    await bench.breaker.execute(() => 1);
    expect(bench.reads).toBe(0);
  });

  it('once for a failure, which may open it', async () => {
    const bench = new Bench();
    await bench.call(fail);
    expect(bench.reads).toBe(1);
    await bench.breaker.executeOutcome(fail);
    expect(bench.reads).toBe(2);
  });

  it('for each outcome if a window is a time window', async () => {
    const bench = new Bench({ failureThreshold: rate(1, { over: '1s', minimumCalls: 9 }) });
    await bench.call();
    await bench.breaker.execute(() => 1);
    expect(bench.reads).toBeGreaterThanOrEqual(2);
    expect(bench.breaker.history.length).toBe(2);
  });
});

describe('a breaker without onStateChange', () => {
  it('reports no error for a state change', () => {
    const reported: unknown[] = [];
    vi.stubGlobal('reportError', (error: unknown) => reported.push(error));
    const { breaker } = new Bench();
    breaker.on('stateChange', () => {});
    breaker.open();
    expect(reported).toEqual([]);
  });
});
