import { describe, expect, it } from 'vitest';
import { CircuitBreakerPolicy } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import { AttachedBreaker } from '../attached-breaker.ts';
import type { FleetState } from '../store.ts';
import { quorum } from '../trip.ts';
import { noticeOf, mergeMessage } from './merge.ts';
import { NodeCircuit } from './node-circuit.ts';
import { operatorMessage } from './operator.ts';
import { freshRecord } from './record.ts';

const rules = {
  circuit: 'payments',
  member: 'a~1',
  trip: quorum('1/2'),
  ttlMs: 1500,
  quietTtlMs: 900_000,
  refreshMs: 300_000,
  random: () => 0.5,
  useMs: 1000,
  leaseMs: 2500,
  claimPauseMs: 500,
};

/** One node, before a record that answers at once. */
function make(store = { record: freshRecord('one', 0) }) {
  const clock = new ManualClock();
  const breaker = new CircuitBreakerPolicy({
    name: 'payments',
    clock,
    failureThreshold: '1/1',
    successThreshold: '2/2',
    cooldown: '5s',
  });
  const port = new AttachedBreaker(breaker, clock, { wake: () => {}, failed: () => {} });
  const node = new NodeCircuit(rules, port);
  port.connect(node);
  const exchange = (): void => {
    const sent = node.message(clock.now());
    const { reply } = mergeMessage(store.record, sent.message, clock.now());
    node.answered(sent, reply, clock.now());
  };
  const exchangeUrgent = (): void => {
    exchange();
    while (node.urgent) exchange();
  };
  const lose = (): void => {
    node.lost(node.message(clock.now()));
    node.degrade();
  };
  const command = (order: 'isolate' | 'release' | 'reset'): FleetState => {
    mergeMessage(store.record, operatorMessage('payments', order), clock.now());
    return store.record.state;
  };
  return { clock, breaker, node, store, exchange, exchangeUrgent, lose, command };
}

async function opened() {
  const made = make();
  made.exchangeUrgent();
  made.breaker.tryAcquire()?.failure(new Error('down'));
  made.exchangeUrgent();
  await made.clock.advance(5000);
  return made;
}

describe('the node’s side of a circuit', () => {
  it('opens the fleet’s circuit when it completes the quorum', async () => {
    const { store, node } = await opened();
    expect([store.record.state, node.state]).toEqual(['OPEN', 'OPEN']);
  });

  it('votes at once when its breaker opens again right after a reset', async () => {
    const { breaker, node, store, command } = await opened();
    command('reset');
    node.noticed(noticeOf(store.record, 'payments', 5000), 5000);
    expect(breaker.state).toBe('CLOSED');
    breaker.tryAcquire()?.failure(new Error('down'));
    expect(node.urgent).toBe(true);
  });

  it('asks for a trial slot when a call needs one, and begins the next call in it', async () => {
    const { breaker, exchangeUrgent, store } = await opened();
    expect(breaker.tryAcquire()).toBeUndefined();
    exchangeUrgent();
    const permit = breaker.tryAcquire();
    expect(permit).toBeDefined();
    permit?.success();
    exchangeUrgent();
    expect(store.record.trialSuccesses).toBe(1);
  });

  it('asks for no trial slot when it leaves, because it could not use it', async () => {
    const { breaker, clock, node } = await opened();
    breaker.tryAcquire();
    expect(node.message(clock.now(), 0).message.want).toBe(0);
  });

  it('asks for a trial slot with its first message, so that its first call can use it', async () => {
    const { breaker, clock, store } = await opened();
    const next = make(store);
    await next.clock.advance(clock.now());
    next.exchange();
    expect([store.record.state, next.breaker.state]).toEqual(['HALF_OPEN', 'HALF_OPEN']);
    expect(next.breaker.tryAcquire()).toBeDefined();
    expect(breaker.state).toBe('OPEN');
  });

  it('returns a trial slot that no call used, and gets another for rare calls', async () => {
    const { clock, breaker, exchange, exchangeUrgent } = await opened();
    for (let calls = 0; calls < 8 && breaker.state !== 'CLOSED'; calls++) {
      breaker.tryAcquire()?.success();
      exchangeUrgent();
      for (let syncs = 0; syncs < 40; syncs++) {
        await clock.advance(500);
        exchange();
      }
    }
    expect(breaker.state).toBe('CLOSED');
  });

  it('counts a trial call that took too long as a failure, whatever its outcome', async () => {
    const { clock, breaker, exchangeUrgent, store } = await opened();
    breaker.tryAcquire();
    exchangeUrgent();
    const permit = breaker.tryAcquire();
    // The store hears of it later than it began, and so would wait for longer.
    await clock.advance(100);
    exchangeUrgent();
    await clock.advance(4900);
    permit?.success();
    exchangeUrgent();
    expect(store.record.state).toBe('OPEN');
  });

  it('restores an isolation to a store that lost it, also after an outage of the store', () => {
    const { store, exchangeUrgent, lose, command, node, clock } = make();
    exchangeUrgent();
    command('isolate');
    exchangeUrgent();
    lose();
    store.record = freshRecord('two', clock.now());
    exchangeUrgent();
    expect([store.record.state, node.state]).toEqual(['ISOLATED', 'ISOLATED']);
    expect(command('release')).toBe('CLOSED');
    exchangeUrgent();
    expect(node.state).toBe('CLOSED');
  });

  it('follows a store that reused an epoch for another state', async () => {
    const { store, exchange, breaker, node } = await opened();
    store.record = { ...store.record, state: 'CLOSED', cause: 'reset' };
    exchange();
    expect([node.state, breaker.state]).toEqual(['CLOSED', 'CLOSED']);
  });

  it('does not report outcomes again that may have arrived', () => {
    const { node, exchangeUrgent, breaker, clock } = make();
    exchangeUrgent();
    breaker.tryAcquire()?.success();
    node.lost(node.message(clock.now()));
    const { message } = node.message(clock.now());
    expect([message.successes, message.ackedSuccesses]).toEqual([1, 1]);
  });

  it('ignores late notices, and syncs on a notice of another generation', () => {
    const { node, exchangeUrgent } = make();
    exchangeUrgent();
    const told = { circuit: 'payments', cause: 'quorum', remaining: 1000, openings: 1 } as const;
    node.noticed({ ...told, version: { generation: 'one', epoch: 0 }, state: 'OPEN' }, 0);
    expect([node.state, node.urgent]).toEqual(['CLOSED', false]);
    node.noticed({ ...told, version: { generation: 'two', epoch: 9 }, state: 'OPEN' }, 0);
    expect([node.state, node.urgent]).toEqual(['CLOSED', true]);
    node.noticed({ ...told, version: { generation: 'one', epoch: 1 }, state: 'OPEN' }, 0);
    expect(node.state).toBe('OPEN');
  });
});
