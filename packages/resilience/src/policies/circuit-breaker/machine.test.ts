import { describe, expect, it } from 'vitest';
import { MachineBench } from '../../../test/support/machine.ts';
import { windowsOf } from './thresholds.ts';

describe('a closed machine', () => {
  it('starts with an empty window and passes every call', () => {
    const bench = new MachineBench();
    expect(bench.machine).toMatchObject({ state: 'CLOSED', passes: true });
    expect(bench.window).toBe('');
    expect(bench.machine.retryAfter(0)).toBe(0);
  });

  it('opens at the failure that meets the threshold, not before', () => {
    const bench = new MachineBench({ failureThreshold: '3/5' });
    bench.play('001', 10);
    expect(bench.machine.state).toBe('CLOSED');
    bench.play('0', 10);
    expect(bench.machine.state).toBe('OPEN');
    expect(bench.machine.passes).toBe(false);
    expect(bench.moves).toEqual(['CLOSED > OPEN (threshold)']);
    expect(bench.machine.inner).toMatchObject({ until: 1010, openings: 1 });
  });

  it('can open before the window is full', () => {
    const bench = new MachineBench({ failureThreshold: '2/20' });
    bench.play('00');
    expect(bench.machine.state).toBe('OPEN');
  });

  it('does not count outcomes that have left the window', () => {
    const bench = new MachineBench({ failureThreshold: '2/3' });
    bench.play('01101101');
    expect(bench.machine.state).toBe('CLOSED');
    expect(bench.window).toBe('101');
  });

  it('reports the window that met the threshold', () => {
    const bench = new MachineBench({ failureThreshold: '2/3' });
    bench.play('100');
    expect([...bench.transitions[0]!.judged]).toEqual([true, false, false]);
  });

  it('opens once if several thresholds are met, and records every outcome for each', () => {
    const bench = new MachineBench({ failureThreshold: ['2/4', '2/2', '3/3'] });
    bench.play('00');
    expect(bench.moves).toHaveLength(1);
    expect(windowsOf(bench.machine.inner.tracker).map(({ length }) => length)).toEqual([2, 2, 2]);
  });

  it('opens if any of several thresholds is met, not only the first', () => {
    const bench = new MachineBench({ failureThreshold: ['9/10', '2/2'] });
    bench.play('00');
    expect(bench.machine.state).toBe('OPEN');
  });

  it('ignores the outcome of a call that began before a transition', () => {
    const bench = new MachineBench({ failureThreshold: '1/5' });
    const early = bench.admit();
    bench.machine.close();
    bench.record(early, true);
    expect(bench.machine.state).toBe('CLOSED');
    expect(bench.window).toBe('');
    bench.machine.recordClosed(bench.machine.generation - 1, true, 0, 0);
    expect(bench.window).toBe('');
  });
});

describe('an open machine', () => {
  function opened(): MachineBench {
    const bench = new MachineBench({ failureThreshold: '2/4', maxConcurrentTrials: 1 });
    bench.play('100', 500);
    return bench;
  }

  it('rejects calls until the cooldown is over, to the millisecond', () => {
    const bench = opened();
    expect(bench.admit(500)).toBeUndefined();
    expect(bench.admit(1499.9)).toBeUndefined();
    expect(bench.machine.state).toBe('OPEN');
    expect(bench.admit(1500)).toBeDefined();
    expect(bench.machine.state).toBe('HALF_OPEN');
  });

  it('reports the remaining cooldown, never a negative one', () => {
    const { machine } = opened();
    expect([500, 1200, 1500, 9000].map((now) => machine.retryAfter(now))).toEqual([
      1000, 300, 0, 0,
    ]);
    expect(machine.retryAfterRejection(1200)).toBe(300);
  });

  it('shows the window that opened it until trial calls begin', () => {
    const bench = opened();
    expect(bench.window).toBe('100');
    bench.admit(2000);
    expect(bench.window).toBe('');
  });

  it('becomes half-open only when a call comes, and once', () => {
    const bench = opened();
    expect(bench.machine.retryAfter(5000)).toBe(0);
    expect(bench.machine.state).toBe('OPEN');
    bench.admit(5000);
    bench.admit(5000);
    expect(bench.moves.slice(1)).toEqual(['OPEN > HALF_OPEN (cooldown)']);
    expect([...bench.transitions[1]!.judged]).toEqual([true, false, false]);
  });

  it.each<[string, (bench: MachineBench) => void, boolean]>([
    ['opens again', ({ machine }) => machine.open(5000), false],
    ['isolates', ({ machine }) => machine.isolate(), false],
    ['closes', ({ machine }) => machine.close(), true],
    ['disables', ({ machine }) => machine.bypass('DISABLED'), true],
  ])('lets a listener act on the move to half-open: %s', (_what, act, admitted) => {
    const bench = opened();
    bench.onMove = ({ to }) => {
      if (to === 'HALF_OPEN') act(bench);
    };
    expect(bench.admit(5000) !== undefined).toBe(admitted);
  });

  it('ignores a late outcome', () => {
    const bench = new MachineBench({ failureThreshold: '1/4' });
    const early = bench.admit();
    bench.play('0');
    bench.record(early, true);
    expect(bench.window).toBe('0');
    expect(bench.moves).toHaveLength(1);
  });
});
