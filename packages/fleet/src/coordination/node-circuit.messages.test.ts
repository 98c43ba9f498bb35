import { describe, expect, it } from 'vitest';
import { NodeBench, open, version } from '../../test/support/node-bench.ts';
import { pooled } from '../trip.ts';

const half = { version: version(2), state: 'HALF_OPEN', cause: 'cooldown', openings: 1 } as const;

describe('the message of a node', () => {
  it('says at first that the node knows nothing and could use a trial slot', () => {
    const { node, port } = new NodeBench();
    expect([node.name, node.state, node.urgent]).toEqual(['payments', 'CLOSED', false]);
    const { message } = node.message(0);
    expect(message).toEqual({
      circuit: 'payments',
      member: 'a~1',
      ttl: 1500,
      quietTtl: 900_000,
      version: { generation: '', epoch: 0 },
      open: false,
      successes: 0,
      failures: 0,
      ackedSuccesses: 0,
      ackedFailures: 0,
      span: 0,
      begun: [],
      settled: [],
      trialTimeout: 5000,
      leaseTime: 2500,
      rule: port.rule,
      want: 1,
    });
  });

  it('names the version that the node knows, carries its vote, and wants only what it can use', () => {
    const bench = new NodeBench();
    bench.exchange({ version: version(4) });
    bench.port.move('OPEN');
    const { version: known, open: vote, want } = bench.send().message;
    expect([known, vote, want]).toEqual([version(4), true, 0]);
  });

  it('carries the span if outcomes are pooled', () => {
    const bench = new NodeBench({ trip: pooled({ minimumCalls: 10, rate: 0.5, over: '20s' }) });
    expect(bench.send().message.span).toBe(20_000);
  });

  it('carries the totals of all outcomes, and those of the last answered message', () => {
    const bench = new NodeBench();
    bench.port.totals = { successes: 5, failures: 2 };
    const sent = bench.send();
    bench.port.totals = { successes: 9, failures: 3 };
    bench.hear(sent);
    expect(bench.send().message).toMatchObject({
      successes: 9,
      failures: 3,
      ackedSuccesses: 5,
      ackedFailures: 2,
    });
  });

  it('wants no trial slot when the node leaves, even if it knows nothing yet', () => {
    const { message } = new NodeBench().send(0);
    expect([message.ttl, message.want]).toEqual([0, 0]);
  });

  it('carries a request once', () => {
    const bench = new NodeBench();
    bench.exchange({ votes: 1 });
    expect(bench.node.urgent).toBe(true);
    const propose = { to: 'OPEN', wait: 1000, openings: 1, cause: 'quorum' };
    expect(bench.send().message).toMatchObject({ propose });
    expect(bench.send().message).not.toHaveProperty('propose');
    expect(bench.node.urgent).toBe(false);
  });

  it('proposes what the trial calls decided, with the next wait', () => {
    const bench = new NodeBench();
    const tally = { rule: bench.port.rule, successes: 0, failures: 2, outstanding: 0 };
    bench.exchange({ ...half, openings: 3, tally });
    expect(bench.send().message.propose).toMatchObject({ wait: 4000, openings: 4 });
  });
});

describe('a vote', () => {
  it('is urgent when the breaker opens, and not again when it becomes half-open', () => {
    const bench = new NodeBench();
    bench.exchange();
    expect(bench.node.urgent).toBe(false);
    bench.port.move('OPEN');
    expect(bench.node.urgent).toBe(true);
    bench.exchange();
    bench.port.move('HALF_OPEN', 'cooldown');
    expect(bench.node.urgent).toBe(false);
  });

  it('is urgent also if the breaker opens before the node’s first message', () => {
    const bench = new NodeBench();
    bench.port.move('OPEN');
    expect(bench.node.urgent).toBe(true);
  });

  it('counts if the circuit was reset before the node joined', () => {
    const bench = new NodeBench();
    bench.port.move('OPEN');
    bench.exchange({ version: version(1), cause: 'reset' });
    expect([bench.port.state, bench.send().message.open]).toEqual(['OPEN', true]);
  });

  it('is not urgent when it is withdrawn, or while the fleet’s circuit is not closed', () => {
    const bench = new NodeBench();
    bench.port.move('OPEN');
    bench.exchange({ version: version(0) });
    bench.exchange({ version: version(0) });
    bench.port.move('CLOSED');
    expect(bench.node.urgent).toBe(false);
    bench.exchange({ ...open, remaining: 900 });
    bench.port.move('OPEN');
    expect(bench.node.urgent).toBe(false);
  });

  it('is urgent if the reply is about another version than the message', () => {
    const bench = new NodeBench();
    bench.port.move('OPEN');
    bench.exchange();
    expect(bench.node.urgent).toBe(true);
    bench.exchange();
    expect(bench.node.urgent).toBe(false);
    bench.exchange({ version: version(2) });
    expect(bench.node.urgent).toBe(true);
  });

  it('is not urgent if the reply says that the circuit is open already', () => {
    const bench = new NodeBench();
    bench.exchange();
    bench.port.move('OPEN');
    bench.exchange({ ...open, remaining: 900 });
    expect(bench.node.urgent).toBe(false);
  });

  it('of an earlier state does not count: the next one is urgent again', () => {
    const bench = new NodeBench();
    bench.exchange();
    bench.port.move('OPEN');
    bench.exchange();
    bench.notice({ version: version(1), cause: 'reset' });
    bench.port.move('OPEN');
    expect(bench.node.urgent).toBe(true);
  });
});

describe('a reply', () => {
  it('is ignored if a newer notice came meanwhile', () => {
    const bench = new NodeBench();
    bench.exchange();
    const sent = bench.send();
    bench.notice({ ...open, remaining: 900 });
    bench.hear(sent, { members: 9 });
    expect([bench.node.state, bench.node.urgent]).toEqual(['OPEN', true]);
    // Nine nodes are reckoned with all the same.
    bench.exchange({ version: version(2), votes: 4 });
    expect(bench.send().message).not.toHaveProperty('propose');
  });

  it('is the fleet’s state if it is as new as that notice, or of another generation', () => {
    for (const reply of [version(1), version(0, 'two'), version(2)]) {
      const bench = new NodeBench();
      bench.exchange();
      const sent = bench.send();
      bench.notice({ version: version(1), state: 'ISOLATED' });
      bench.hear(sent, { ...open, version: reply, remaining: 900 });
      expect(bench.node.state).toBe('OPEN');
    }
  });

  it('with a lower epoch and no notice since means that the store has lost something', () => {
    const bench = new NodeBench();
    bench.exchange({ version: version(5), state: 'ISOLATED' });
    bench.notice({ version: version(6), state: 'ISOLATED' });
    bench.exchange({ ...open, version: version(3), remaining: 900 });
    expect(bench.node.state).toBe('OPEN');
  });
});

describe('a notice', () => {
  it('changes nothing if it is late or a duplicate', () => {
    const bench = new NodeBench();
    bench.exchange({ ...open, version: version(2), remaining: 900 });
    for (const epoch of [1, 2]) bench.notice({ version: version(epoch) });
    expect([bench.node.state, bench.node.urgent]).toEqual(['OPEN', false]);
  });

  it('makes the node sync if it has not yet, or has no store', () => {
    const bench = new NodeBench();
    bench.exchange();
    bench.lose();
    bench.notice({ ...open, remaining: 900 });
    expect([bench.node.state, bench.node.urgent]).toEqual(['CLOSED', true]);
  });

  it('puts the breaker into the fleet’s state, for the rest of the wait', () => {
    const bench = new NodeBench();
    bench.exchange();
    bench.notice({ ...open, remaining: 900 });
    bench.now = 300;
    expect(bench.port.takeCommands()).toEqual(['open for 900']);
    expect(bench.node.retryAfter(300)).toBe(600);
    expect(bench.node.retryAfter(1000)).toBe(0);
  });
});
