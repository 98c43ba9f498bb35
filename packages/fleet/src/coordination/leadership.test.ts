import { describe, expect, it } from 'vitest';
import { CircuitBreakerPolicy } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import { AttachedBreaker } from '../attached-breaker.ts';
import { PortBench } from '../../test/support/port-bench.ts';
import type { Change, FleetCause, FleetState } from '../store.ts';
import { Leadership } from './leadership.ts';

function change(state: FleetState, cause: FleetCause, remaining = 0): Change {
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
  const leads = new Leadership(
    new AttachedBreaker(breaker, clock, { wake: () => {}, failed: () => {} }),
  );
  breaker.on('stateChange', ({ newState, cause }) => {
    leads.moved(newState as 'OPEN', cause);
  });
  return { breaker, leads };
}

describe('a breaker that the fleet leads', () => {
  it('is open for as long as the fleet says, and closed with it', () => {
    const { breaker, leads } = make();
    leads.follow(change('OPEN', 'quorum', 7000), true);
    expect([breaker.state, breaker.retryAfter]).toEqual(['OPEN', 7000]);
    leads.follow(change('CLOSED', 'trials'), true);
    expect(breaker.state).toBe('CLOSED');
  });

  it('stays open by itself while the fleet is closed: that is its vote', () => {
    const { breaker, leads } = make();
    breaker.open();
    leads.follow(change('CLOSED', 'none'), true);
    expect([breaker.state, leads.votes]).toEqual(['OPEN', true]);
  });

  it('is closed by an operator who resets the circuit, though it opened by itself', () => {
    const { breaker, leads } = make();
    leads.follow(change('CLOSED', 'none'), true);
    breaker.open();
    leads.follow(change('CLOSED', 'reset'), true);
    expect(breaker.state).toBe('CLOSED');
  });

  it('is isolated until the fleet ends it, and stays so without a store', () => {
    const { breaker, leads } = make();
    leads.follow(change('ISOLATED', 'isolate'), true);
    leads.end();
    expect(breaker.state).toBe('ISOLATED');
    leads.follow(change('CLOSED', 'release'), true);
    expect(breaker.state).toBe('CLOSED');
  });

  it('is left alone where its user has taken it out of service', () => {
    const { breaker, leads } = make();
    breaker.disable();
    leads.follow(change('OPEN', 'quorum', 7000), true);
    expect(breaker.state).toBe('DISABLED');
    leads.follow(change('CLOSED', 'reset'), true);
    expect(breaker.state).toBe('DISABLED');
  });

  it('is known to have recovered alone only by its own test calls, without a store', () => {
    const { breaker, leads } = make();
    leads.follow(change('OPEN', 'quorum', 7000), true);
    leads.end();
    breaker.close();
    expect(leads.recoveredAlone).toBe(false);
    leads.moved('CLOSED', 'trials');
    expect(leads.recoveredAlone).toBe(true);
  });
});

function bench() {
  const port = new PortBench();
  const leads = new Leadership(port);
  port.listener = (newState, cause) => {
    leads.moved(newState, cause);
  };
  return { port, leads };
}

describe('what a breaker is told', () => {
  it('is nothing, and nothing is known of it, before the fleet’s state is', () => {
    const { port, leads } = bench();
    expect([leads.on, leads.isolating, leads.votes, leads.recoveredAlone]).toEqual([
      false,
      false,
      false,
      false,
    ]);
    leads.endIsolation();
    expect(port.takeTold()).toEqual([]);
  });

  it('is not to close by a closed fleet where it opened before that was known', () => {
    const { port, leads } = bench();
    port.state = 'OPEN';
    leads.follow(change('CLOSED', 'none'), true);
    expect(port.takeTold()).toEqual([]);
  });

  it('is to isolate and to end that once, however often the fleet’s state comes', () => {
    const { port, leads } = bench();
    leads.follow(change('ISOLATED', 'isolate'), true);
    leads.follow(change('ISOLATED', 'isolate'), false);
    expect([port.takeTold(), leads.isolating]).toEqual([['isolate'], true]);
    leads.follow(change('CLOSED', 'release'), true);
    leads.follow(change('CLOSED', 'release'), false);
    expect([port.takeTold(), leads.isolating]).toEqual([['end the isolation'], false]);
  });

  it('is what is left of the wait each time, but to be half-open and to close only once', () => {
    const { port, leads } = bench();
    leads.follow(change('OPEN', 'quorum', 700), true);
    leads.follow(change('OPEN', 'quorum', 200), false);
    leads.follow(change('HALF_OPEN', 'cooldown'), true);
    leads.follow(change('HALF_OPEN', 'cooldown'), false);
    leads.follow(change('CLOSED', 'reset'), true);
    leads.follow(change('CLOSED', 'reset'), true);
    const told = ['open for 700', 'open for 200', 'half-open', 'close', 'close'];
    expect(port.takeTold()).toEqual(told);
    leads.follow(change('CLOSED', 'reset'), false);
    leads.follow(change('CLOSED', 'release'), true);
    expect(port.takeTold()).toEqual([]);
  });

  it.each([
    ['trials', 'close and ramp up'],
    ['recovered', 'close and ramp up'],
    ['reset', 'close'],
    ['release', 'close'],
  ] as const)('is to ramp up only after test calls: by the cause %s to %s', (cause, told) => {
    const { port, leads } = bench();
    leads.follow(change('HALF_OPEN', 'cooldown'), true);
    port.takeTold();
    leads.follow(change('CLOSED', cause), true);
    expect(port.takeTold()).toEqual([told]);
  });

  it('is to ask for places while the fleet leads it and is not closed', () => {
    const { port, leads } = bench();
    const supervised = (state: FleetState): boolean => {
      leads.follow(change(state, 'none'), true);
      return port.supervised;
    };
    expect([supervised('OPEN'), supervised('HALF_OPEN'), supervised('CLOSED')]).toEqual([
      true,
      true,
      false,
    ]);
    supervised('OPEN');
    leads.end();
    expect([leads.on, port.supervised]).toEqual([false, false]);
  });

  it('is to close after an isolation that came while the fleet had it open', () => {
    const { port, leads } = bench();
    leads.follow(change('OPEN', 'quorum', 700), true);
    leads.follow(change('ISOLATED', 'isolate'), true);
    port.takeTold();
    leads.follow(change('CLOSED', 'release'), true);
    expect(port.takeTold()).toEqual(['end the isolation', 'close']);
  });
});

describe('a breaker that lost its store while the fleet had it open', () => {
  function alone() {
    const made = bench();
    made.leads.follow(change('OPEN', 'quorum', 700), true);
    made.leads.end();
    made.port.takeTold();
    return made;
  }

  it('is closed by the fleet, if the fleet is when the store is back', () => {
    const { port, leads } = alone();
    port.move('HALF_OPEN', 'cooldown');
    expect(leads.votes).toBe(true);
    leads.follow(change('CLOSED', 'reset'), false);
    expect(port.takeTold()).toEqual(['close']);
  });

  it.each([
    ['after its own test calls failed', ['HALF_OPEN', 'OPEN']],
    ['after it was closed, and opened by itself', ['CLOSED', 'OPEN']],
    ['after it was closed by itself, and tests again', ['CLOSED', 'HALF_OPEN']],
  ] as const)('votes by itself and is left open %s', (_, states) => {
    const { port, leads } = alone();
    for (const state of states) port.move(state, 'threshold');
    leads.follow(change('CLOSED', 'trials'), true);
    expect([leads.votes, port.takeTold()]).toEqual([true, []]);
  });

  it('has recovered if its own test calls closed it, until it opens or the fleet leads it', () => {
    const { port, leads } = alone();
    port.move('OPEN', 'trials');
    expect(leads.recoveredAlone).toBe(false);
    port.move('CLOSED', 'trials');
    expect(leads.recoveredAlone).toBe(true);
    port.move('OPEN', 'threshold');
    expect(leads.recoveredAlone).toBe(false);
    port.move('CLOSED', 'trials');
    leads.follow(change('CLOSED', 'reset'), true);
    leads.end();
    expect(leads.recoveredAlone).toBe(false);
  });

  it('has recovered by its own test calls also where there never was a store', () => {
    const { port, leads } = bench();
    port.move('OPEN', 'threshold');
    port.move('CLOSED', 'trials');
    expect(leads.recoveredAlone).toBe(true);
  });

  it('has not recovered by test calls of the time when the fleet led it', () => {
    const { port, leads } = bench();
    leads.follow(change('CLOSED', 'none'), true);
    port.move('OPEN', 'threshold');
    port.move('CLOSED', 'trials');
    expect(leads.recoveredAlone).toBe(false);
    leads.end();
    expect(leads.recoveredAlone).toBe(false);
  });

  it('heeds what the breaker does after a command that failed', () => {
    const { port, leads } = alone();
    port.close = () => {
      throw new Error('closed by a listener');
    };
    expect(() => {
      leads.follow(change('CLOSED', 'reset'), true);
    }).toThrow('closed by a listener');
    leads.end();
    port.move('CLOSED', 'trials');
    expect(leads.recoveredAlone).toBe(true);
  });
});
