import { describe, expect, it } from 'vitest';
import { MachineBench } from '../../../test/support/machine.ts';

/** A machine that has just recovered, at time 0, and ramps up for a second. */
function recovered(): MachineBench {
  const bench = new MachineBench({ failureThreshold: '1/1', rampUp: 1000 });
  bench.machine.halfOpen();
  bench.play('+', 0);
  return bench;
}

/** How many of a thousand calls are let in at that time. */
function letIn(bench: MachineBench, now: number): number {
  let count = 0;
  for (let i = 0; i < 1000; i++) if (bench.admit(now) !== undefined) count++;
  return count;
}

describe('a machine that ramps up', () => {
  it('lets the first call in at once, then a tenth of them', () => {
    const bench = recovered();
    expect(bench.machine).toMatchObject({ state: 'CLOSED', passes: false });
    expect(bench.admit(0)).toBeDefined();
    expect(bench.admit(0)).toBeUndefined();
    expect(letIn(recovered(), 0)).toBeCloseTo(100, -1);
  });

  it('lets a share in that grows evenly to all', () => {
    expect(letIn(recovered(), 500)).toBeCloseTo(550, -1);
    expect(letIn(recovered(), 900)).toBeCloseTo(910, -1);
    expect(letIn(recovered(), 1000)).toBe(1000);
  });

  it('takes time that steps back for the beginning', () => {
    expect(letIn(recovered(), -500)).toBeCloseTo(100, -1);
  });

  it('passes every call again once the time is over', () => {
    const bench = recovered();
    expect(bench.admit(1000)).toBeDefined();
    expect(bench.machine.passes).toBe(true);
    expect(bench.admit(0)).toBeDefined();
  });

  it('says how long it lasts to those that it rejects', () => {
    const bench = recovered();
    expect(bench.machine.retryAfterRejection(400)).toBe(600);
    expect(bench.machine.retryAfterRejection(4000)).toBe(0);
    expect(bench.machine.retryAfter(400)).toBe(0);
  });

  it('judges the calls that it lets in, and ramps anew after the next recovery', () => {
    const bench = recovered();
    bench.play('-', 0);
    expect(bench.machine.state).toBe('OPEN');
    bench.play('+', 5000);
    expect(bench.machine.state).toBe('CLOSED');
    expect(bench.admit(5000)).toBeDefined();
    expect(bench.admit(5000)).toBeUndefined();
  });

  it('goes on after an isolation', () => {
    const bench = recovered();
    bench.machine.isolate()();
    expect(bench.machine.passes).toBe(false);
    expect(letIn(bench, 0)).toBeCloseTo(100, -1);
  });

  it.each<[string, (bench: MachineBench) => void]>([
    ['closed', ({ machine }) => machine.close()],
    ['disabled', ({ machine }) => machine.bypass('DISABLED')],
    ['set to metrics only', ({ machine }) => machine.bypass('METRICS_ONLY')],
  ])('ends when the circuit is %s', (_how, act) => {
    const bench = recovered();
    act(bench);
    expect(letIn(bench, 0)).toBe(1000);
  });

  it('has none to do where a breaker is not asked to', () => {
    const bench = new MachineBench({ failureThreshold: '1/1' });
    bench.machine.halfOpen();
    bench.play('+', 0);
    expect(bench.machine.passes).toBe(true);
    expect(letIn(bench, 0)).toBe(1000);
  });
});
