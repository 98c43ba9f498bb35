import { describe, expect, it } from 'vitest';
import { MachineBench } from '../../../test/support/machine.ts';

/** A machine that recovers at time 0 and ramps up for a second. */
function recovered(): MachineBench {
  const bench = new MachineBench({ failureThreshold: '1/1', rampUp: 1000 });
  bench.machine.halfOpen();
  bench.play('1', 0);
  return bench;
}

/** How many of a thousand calls are admitted at that time. */
function admitted(bench: MachineBench, now: number): number {
  let count = 0;
  for (let i = 0; i < 1000; i++) if (bench.admit(now) !== undefined) count++;
  return count;
}

describe('a machine that ramps up', () => {
  it('admits the first call, then a tenth of the calls', () => {
    const bench = recovered();
    expect(bench.machine).toMatchObject({ state: 'CLOSED', passes: false });
    expect(bench.admit(0)).toBeDefined();
    expect(bench.admit(0)).toBeUndefined();
    expect(admitted(recovered(), 0)).toBeCloseTo(100, -1);
  });

  it('admits a share that grows evenly to all calls', () => {
    expect(admitted(recovered(), 500)).toBeCloseTo(550, -1);
    expect(admitted(recovered(), 900)).toBeCloseTo(910, -1);
    expect(admitted(recovered(), 1000)).toBe(1000);
  });

  it('treats a time before the recovery as the recovery', () => {
    expect(admitted(recovered(), -500)).toBeCloseTo(100, -1);
  });

  it('passes every call once the ramp is over', () => {
    const bench = recovered();
    expect(bench.admit(1000)).toBeDefined();
    expect(bench.machine.passes).toBe(true);
    expect(bench.admit(0)).toBeDefined();
  });

  it('reports to rejected calls how long it still lasts', () => {
    const bench = recovered();
    expect(bench.machine.retryAfterRejection(400)).toBe(600);
    expect(bench.machine.retryAfterRejection(4000)).toBe(0);
    expect(bench.machine.retryAfter(400)).toBe(0);
  });

  it('judges the calls that it admits, and ramps up again after the next recovery', () => {
    const bench = recovered();
    bench.play('0', 0);
    expect(bench.machine.state).toBe('OPEN');
    bench.play('1', 5000);
    expect(bench.machine.state).toBe('CLOSED');
    expect(bench.admit(5000)).toBeDefined();
    expect(bench.admit(5000)).toBeUndefined();
  });

  it('continues after an isolation', () => {
    const bench = recovered();
    bench.machine.isolate()();
    expect(bench.machine.passes).toBe(false);
    expect(admitted(bench, 0)).toBeCloseTo(100, -1);
  });

  it.each<[string, (bench: MachineBench) => void]>([
    ['closed', ({ machine }) => machine.close()],
    ['disabled', ({ machine }) => machine.bypass('DISABLED')],
    ['set to metrics only', ({ machine }) => machine.bypass('METRICS_ONLY')],
  ])('ends when the circuit is %s', (_how, act) => {
    const bench = recovered();
    act(bench);
    expect(admitted(bench, 0)).toBe(1000);
  });

  it('does not ramp up without rampUp', () => {
    const bench = new MachineBench({ failureThreshold: '1/1' });
    bench.machine.halfOpen();
    bench.play('1', 0);
    expect(bench.machine.passes).toBe(true);
    expect(admitted(bench, 0)).toBe(1000);
  });
});
