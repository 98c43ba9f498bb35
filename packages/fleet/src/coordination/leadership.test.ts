import { describe, expect, it } from 'vitest';
import { CircuitBreakerPolicy } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import { AttachedBreaker } from '../attached-breaker.ts';
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
