import { describe, expect, it } from 'vitest';
import { MachineBench } from '../../../test/support/machine.ts';

describe('a machine whose state is changed by hand', () => {
  it('opens again if it is open, and restarts the cooldown', () => {
    const bench = new MachineBench();
    bench.machine.open(100);
    expect(bench.machine.inner).toMatchObject({ until: 1100 });
    bench.machine.open(700);
    expect(bench.machine.inner).toMatchObject({ until: 1700 });
    expect(bench.moves).toEqual(['CLOSED > OPEN (manual)']);
    // Only failed trial calls make the cooldown longer.
    expect(bench.openings).toEqual([1, 1]);
  });

  it('closes with an empty window, even if it is closed already', () => {
    const bench = new MachineBench({ failureThreshold: '2/4' });
    bench.play('01');
    bench.machine.close();
    expect(bench.window).toBe('');
    expect(bench.moves).toEqual([]);
    bench.machine.open(0);
    bench.machine.close();
    expect(bench.moves).toEqual(['CLOSED > OPEN (manual)', 'OPEN > CLOSED (manual)']);
    expect(bench.machine.passes).toBe(true);
  });

  it('becomes half-open at once, with an empty window', () => {
    const bench = new MachineBench({ failureThreshold: '2/4' });
    bench.play('01');
    bench.machine.halfOpen();
    expect(bench.moves).toEqual(['CLOSED > HALF_OPEN (manual)']);
    expect([...bench.transitions[0]!.judged]).toEqual([false, true]);
    expect(bench.window).toBe('');
    expect(bench.machine.passes).toBe(false);
  });

  it('runs every call and records none while DISABLED', () => {
    const bench = new MachineBench({ failureThreshold: '1/1' });
    bench.play('0');
    bench.machine.bypass('DISABLED');
    bench.play('000');
    expect(bench.machine.state).toBe('DISABLED');
    expect(bench.window).toBe('');
    expect(bench.moves.at(-1)).toBe('OPEN > DISABLED (manual)');
  });

  it('runs and records every call and never opens while METRICS_ONLY', () => {
    const bench = new MachineBench({ failureThreshold: '1/3' });
    bench.machine.bypass('METRICS_ONLY');
    bench.play('0100');
    expect(bench.machine.state).toBe('METRICS_ONLY');
    expect(bench.machine.passes).toBe(false);
    expect(bench.window).toBe('100');
  });
});

describe('an isolated machine', () => {
  it('rejects every call, with an infinite wait', () => {
    const bench = new MachineBench();
    bench.machine.isolate();
    expect(bench.machine).toMatchObject({ state: 'ISOLATED', passes: false });
    expect(bench.admit(1e9)).toBeUndefined();
    expect(bench.machine.retryAfterRejection(0)).toBe(Infinity);
    expect(bench.machine.retryAfter(0)).toBe(0);
  });

  it('reports only the first isolation and the end of the last', () => {
    const bench = new MachineBench();
    const ends = [bench.machine.isolate(), bench.machine.isolate()];
    ends[0]!();
    expect(bench.machine.state).toBe('ISOLATED');
    ends[1]!();
    expect(bench.moves).toEqual(['CLOSED > ISOLATED (manual)', 'ISOLATED > CLOSED (manual)']);
    expect(bench.machine.passes).toBe(true);
  });

  it('keeps the window and the running cooldown', () => {
    const bench = new MachineBench({ failureThreshold: '2/4' });
    bench.play('100', 0);
    const end = bench.machine.isolate();
    expect(bench.window).toBe('100');
    end();
    expect(bench.window).toBe('100');
    expect(bench.machine.retryAfter(400)).toBe(600);
    expect([...bench.transitions.at(-1)!.judged]).toEqual([true, false, false]);
  });

  it('has the state that was set during the isolation once it ends', () => {
    const bench = new MachineBench();
    const end = bench.machine.isolate();
    bench.machine.open(0);
    expect(bench.machine.state).toBe('ISOLATED');
    expect(bench.moves).toHaveLength(1);
    end();
    expect(bench.moves.at(-1)).toBe('ISOLATED > OPEN (manual)');
  });

  it('frees every trial slot when it ends, and keeps the outcomes', () => {
    const bench = new MachineBench({ successThreshold: '3/3', maxConcurrentTrials: 1 });
    bench.machine.halfOpen();
    bench.play('1');
    const before = bench.admit();
    bench.machine.isolate()();
    bench.record(before, true);
    expect(bench.machine.state).toBe('HALF_OPEN');
    expect(bench.window).toBe('1');
    bench.play('11');
    expect(bench.machine.state).toBe('CLOSED');
  });

  it('ignores the outcomes of calls that began before the isolation', () => {
    const bench = new MachineBench({ failureThreshold: '1/1' });
    const before = bench.admit();
    bench.machine.isolate()();
    bench.record(before, true);
    expect(bench.machine.state).toBe('CLOSED');
  });
});

describe('the state of a machine', () => {
  const open = ['name', 'openings', 'tracker', 'trials', 'until'];
  const halfOpen = ['name', 'openings', 'tracker', 'trials'];
  const bypassed = ['name', 'tracker'];
  const fields = {
    CLOSED: ['name', 'ramp', 'tracker'],
    OPEN: open,
    HALF_OPEN: halfOpen,
    DISABLED: bypassed,
    METRICS_ONLY: bypassed,
  };
  const transitions: readonly ((bench: MachineBench) => void)[] = [
    ({ machine }) => machine.open(0),
    ({ machine }) => machine.halfOpen(),
    ({ machine }) => machine.close(),
    ({ machine }) => machine.recover(0),
    ({ machine }) => machine.bypass('DISABLED'),
    ({ machine }) => machine.bypass('METRICS_ONLY'),
    ({ machine }) => machine.isolate()(),
    (bench) => bench.machine.admit({ generation: 0, deadline: 0 }, 1e9),
  ];

  it('has exactly its own fields after any three transitions', () => {
    for (const first of transitions) {
      for (const second of transitions) {
        for (const third of transitions) {
          const bench = new MachineBench({ rampUp: 1000 });
          for (const act of [first, second, third]) {
            act(bench);
            const { inner } = bench.machine;
            expect(Object.keys(inner).sort()).toEqual(fields[inner.name]);
          }
        }
      }
    }
  });

  it('is replaced as a whole, and forgets the openings and the trial calls when it closes', () => {
    const { machine } = new MachineBench();
    machine.halfOpen();
    machine.open(0);
    const before = machine.inner;
    expect(before).toMatchObject({ openings: 1, trials: {} });
    machine.close();
    expect(machine.inner).not.toBe(before);
    machine.open(0);
    expect(machine.inner).toMatchObject({ openings: 1, trials: undefined });
  });

  it('is restored without a transition', () => {
    const { machine, moves } = new MachineBench();
    const { tracker } = machine.inner;
    machine.restore({ name: 'OPEN', tracker, until: 70, openings: 2, trials: undefined });
    expect(machine).toMatchObject({ state: 'OPEN', passes: false });
    expect(machine.retryAfter(50)).toBe(20);
    expect(moves).toEqual([]);
  });
});
