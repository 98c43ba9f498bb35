import { describe, expect, it } from 'vitest';
import { CircuitBreakerPolicy } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import { AttachedBreaker } from '../attached-breaker.ts';
import { PortBench } from '../../test/support/port-bench.ts';
import type { Notice, FleetCause, FleetState } from '../store.ts';
import { BreakerControl } from './breaker-control.ts';

function change(state: FleetState, cause: FleetCause, remaining = 0): Notice {
  return {
    circuit: 'payments',
    version: { generation: 'one', epoch: 1 },
    state,
    cause,
    remaining,
    openings: 0,
  };
}

function make() {
  const clock = new ManualClock();
  const breaker = new CircuitBreakerPolicy({ name: 'payments', clock, cooldown: '5s' });
  const control = new BreakerControl(
    new AttachedBreaker(breaker, clock, { wake: () => {}, failed: () => {} }),
  );
  breaker.on('stateChange', ({ newState, cause }) => {
    control.breakerMoved(newState, cause);
  });
  return { breaker, control };
}

describe('a breaker that the fleet controls', () => {
  it('is open as long as the fleet says, and closes with it', () => {
    const { breaker, control } = make();
    control.follow(change('OPEN', 'quorum', 7000), true);
    expect([breaker.state, breaker.retryAfter]).toEqual(['OPEN', 7000]);
    control.follow(change('CLOSED', 'trials'), true);
    expect(breaker.state).toBe('CLOSED');
  });

  it('stays open by itself while the fleet’s circuit is closed, which is its vote', () => {
    const { breaker, control } = make();
    breaker.open();
    control.follow(change('CLOSED', 'none'), true);
    expect([breaker.state, control.votes]).toEqual(['OPEN', true]);
  });

  it('closes when an operator resets the circuit, even if it opened by itself', () => {
    const { breaker, control } = make();
    control.follow(change('CLOSED', 'none'), true);
    breaker.open();
    control.follow(change('CLOSED', 'reset'), true);
    expect(breaker.state).toBe('CLOSED');
  });

  it('is isolated until the fleet ends it, also without a store', () => {
    const { breaker, control } = make();
    control.follow(change('ISOLATED', 'isolate'), true);
    control.stop();
    expect(breaker.state).toBe('ISOLATED');
    control.follow(change('CLOSED', 'release'), true);
    expect(breaker.state).toBe('CLOSED');
  });

  it('is left alone if its user has disabled it', () => {
    const { breaker, control } = make();
    breaker.disable();
    control.follow(change('OPEN', 'quorum', 7000), true);
    expect(breaker.state).toBe('DISABLED');
    control.follow(change('CLOSED', 'reset'), true);
    expect(breaker.state).toBe('DISABLED');
  });

  it('recovers alone only by its own trial calls, without a store', () => {
    const { breaker, control } = make();
    control.follow(change('OPEN', 'quorum', 7000), true);
    control.stop();
    breaker.close();
    expect(control.recoveredAlone).toBe(false);
    control.breakerMoved('CLOSED', 'trials');
    expect(control.recoveredAlone).toBe(true);
  });
});

function bench() {
  const port = new PortBench();
  const control = new BreakerControl(port);
  port.listener = (newState, cause) => {
    control.breakerMoved(newState, cause);
  };
  return { port, control };
}

describe('the commands to a breaker', () => {
  it('are none before the fleet’s state is known', () => {
    const { port, control } = bench();
    expect([control.active, control.isolating, control.votes, control.recoveredAlone]).toEqual([
      false,
      false,
      false,
      false,
    ]);
    control.endIsolation();
    expect(port.takeCommands()).toEqual([]);
  });

  it('do not close it if it opened before the fleet’s closed state was known', () => {
    const { port, control } = bench();
    port.state = 'OPEN';
    control.follow(change('CLOSED', 'none'), true);
    expect(port.takeCommands()).toEqual([]);
  });

  it('isolate it and end that once, however often the fleet’s state comes', () => {
    const { port, control } = bench();
    control.follow(change('ISOLATED', 'isolate'), true);
    control.follow(change('ISOLATED', 'isolate'), false);
    expect([port.takeCommands(), control.isolating]).toEqual([['isolate'], true]);
    control.follow(change('CLOSED', 'release'), true);
    control.follow(change('CLOSED', 'release'), false);
    expect([port.takeCommands(), control.isolating]).toEqual([['end the isolation'], false]);
  });

  it('repeat the rest of the wait, but half-open and close only once', () => {
    const { port, control } = bench();
    control.follow(change('OPEN', 'quorum', 700), true);
    control.follow(change('OPEN', 'quorum', 200), false);
    control.follow(change('HALF_OPEN', 'cooldown'), true);
    control.follow(change('HALF_OPEN', 'cooldown'), false);
    control.follow(change('CLOSED', 'reset'), true);
    control.follow(change('CLOSED', 'reset'), true);
    const told = ['open for 700', 'open for 200', 'half-open', 'close', 'close'];
    expect(port.takeCommands()).toEqual(told);
    control.follow(change('CLOSED', 'reset'), false);
    control.follow(change('CLOSED', 'release'), true);
    expect(port.takeCommands()).toEqual([]);
  });

  it.each([
    ['trials', 'close and ramp up'],
    ['recovered', 'close and ramp up'],
    ['reset', 'close'],
    ['release', 'close'],
  ] as const)('is to ramp up only after trial calls: by the cause %s to %s', (cause, told) => {
    const { port, control } = bench();
    control.follow(change('HALF_OPEN', 'cooldown'), true);
    port.takeCommands();
    control.follow(change('CLOSED', cause), true);
    expect(port.takeCommands()).toEqual([told]);
  });

  it('make it use the fleet’s trial slots while the fleet’s circuit is not closed', () => {
    const { port, control } = bench();
    const supervised = (state: FleetState): boolean => {
      control.follow(change(state, 'none'), true);
      return port.supervised;
    };
    expect([supervised('OPEN'), supervised('HALF_OPEN'), supervised('CLOSED')]).toEqual([
      true,
      true,
      false,
    ]);
    supervised('OPEN');
    control.stop();
    expect([control.active, port.supervised]).toEqual([false, false]);
  });

  it('close it after an isolation that came while the fleet had it open', () => {
    const { port, control } = bench();
    control.follow(change('OPEN', 'quorum', 700), true);
    control.follow(change('ISOLATED', 'isolate'), true);
    port.takeCommands();
    control.follow(change('CLOSED', 'release'), true);
    expect(port.takeCommands()).toEqual(['end the isolation', 'close']);
  });
});

describe('a breaker that lost its store while the fleet had it open', () => {
  function alone() {
    const made = bench();
    made.control.follow(change('OPEN', 'quorum', 700), true);
    made.control.stop();
    made.port.takeCommands();
    return made;
  }

  it('closes if the fleet’s circuit is closed when the store is back', () => {
    const { port, control } = alone();
    port.move('HALF_OPEN', 'cooldown');
    expect(control.votes).toBe(true);
    control.follow(change('CLOSED', 'reset'), false);
    expect(port.takeCommands()).toEqual(['close']);
  });

  it.each([
    ['after its own trial calls failed', ['HALF_OPEN', 'OPEN']],
    ['after it was closed, and opened by itself', ['CLOSED', 'OPEN']],
    ['after it was closed by itself, and tests again', ['CLOSED', 'HALF_OPEN']],
  ] as const)('votes by itself and is left open %s', (_, states) => {
    const { port, control } = alone();
    for (const state of states) port.move(state, 'threshold');
    control.follow(change('CLOSED', 'trials'), true);
    expect([control.votes, port.takeCommands()]).toEqual([true, []]);
  });

  it('counts as recovered if its own trial calls closed it, until it opens or follows the fleet', () => {
    const { port, control } = alone();
    port.move('OPEN', 'trials');
    expect(control.recoveredAlone).toBe(false);
    port.move('CLOSED', 'trials');
    expect(control.recoveredAlone).toBe(true);
    port.move('OPEN', 'threshold');
    expect(control.recoveredAlone).toBe(false);
    port.move('CLOSED', 'trials');
    control.follow(change('CLOSED', 'reset'), true);
    control.stop();
    expect(control.recoveredAlone).toBe(false);
  });

  it('counts as recovered also if there never was a store', () => {
    const { port, control } = bench();
    port.move('OPEN', 'threshold');
    port.move('CLOSED', 'trials');
    expect(control.recoveredAlone).toBe(true);
  });

  it('does not count as recovered by trial calls from before the store was lost', () => {
    const { port, control } = bench();
    control.follow(change('CLOSED', 'none'), true);
    port.move('OPEN', 'threshold');
    port.move('CLOSED', 'trials');
    expect(control.recoveredAlone).toBe(false);
    control.stop();
    expect(control.recoveredAlone).toBe(false);
  });

  it('notices state changes of the breaker after a command that failed', () => {
    const { port, control } = alone();
    port.close = () => {
      throw new Error('closed by a listener');
    };
    expect(() => {
      control.follow(change('CLOSED', 'reset'), true);
    }).toThrow('closed by a listener');
    control.stop();
    port.move('CLOSED', 'trials');
    expect(control.recoveredAlone).toBe(true);
  });
});
