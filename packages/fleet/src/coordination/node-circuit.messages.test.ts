import { describe, expect, it } from 'vitest';
import { NodeBench, open, version } from '../../test/support/node-bench.ts';
import { pooled } from '../trip.ts';

const half = { version: version(2), state: 'HALF_OPEN', cause: 'cooldown', openings: 1 } as const;

describe('what a node says of a circuit', () => {
  it('is at first that it lives and knows nothing, and that it could use a test place', () => {
    const { node, port } = new NodeBench();
    expect([node.name, node.state, node.urgent]).toEqual(['payments', 'CLOSED', false]);
    const { message } = node.message(0);
    expect(message).toEqual({
      circuit: 'payments',
      member: 'a~1',
      ttl: 1500,
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

  it('is of the version that it knows, with its vote, and asks for no more than it can use', () => {
    const bench = new NodeBench();
    bench.exchange({ version: version(4) });
    bench.port.move('OPEN');
    const { version: known, open: vote, want } = bench.send().message;
    expect([known, vote, want]).toEqual([version(4), true, 0]);
  });

  it('is over how long outcomes are pooled, where they are', () => {
    const bench = new NodeBench({ trip: pooled({ minimumCalls: 10, rate: 0.5, over: '20s' }) });
    expect(bench.send().message.span).toBe(20_000);
  });

  it('is all outcomes, and which of them were in the message that was answered', () => {
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

  it('is its farewell, with no wish, even where it knows nothing yet', () => {
    const { message } = new NodeBench().send(0);
    expect([message.ttl, message.want]).toEqual([0, 0]);
  });

  it('is once what it asks for', () => {
    const bench = new NodeBench();
    bench.exchange({ votes: 1 });
    expect(bench.node.urgent).toBe(true);
    const propose = { to: 'OPEN', wait: 1000, openings: 1, cause: 'quorum' };
    expect(bench.send().message).toMatchObject({ propose });
    expect(bench.send().message).not.toHaveProperty('propose');
    expect(bench.node.urgent).toBe(false);
  });

  it('is that the test calls have decided, with the wait that follows', () => {
    const bench = new NodeBench();
    const tally = { rule: bench.port.rule, successes: 0, failures: 2, outstanding: 0 };
    bench.exchange({ ...half, openings: 3, tally });
    expect(bench.send().message.propose).toMatchObject({ wait: 4000, openings: 4 });
  });
});

describe('a vote', () => {
  it('is urgent when the breaker opens, and not again when it moves on', () => {
    const bench = new NodeBench();
    bench.exchange();
    expect(bench.node.urgent).toBe(false);
    bench.port.move('OPEN');
    expect(bench.node.urgent).toBe(true);
    bench.exchange();
    bench.port.move('HALF_OPEN', 'cooldown');
    expect(bench.node.urgent).toBe(false);
  });

  it('is urgent also where the breaker opens before its node has spoken', () => {
    const bench = new NodeBench();
    bench.port.move('OPEN');
    expect(bench.node.urgent).toBe(true);
  });

  it('stands where the circuit was reset before the node joined', () => {
    const bench = new NodeBench();
    bench.port.move('OPEN');
    bench.exchange({ version: version(1), cause: 'reset' });
    expect([bench.port.state, bench.send().message.open]).toEqual(['OPEN', true]);
  });

  it('is not urgent where it is taken back, nor while the fleet’s circuit is not closed', () => {
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

  it('is urgent where the store answers of another version than it was told for', () => {
    const bench = new NodeBench();
    bench.port.move('OPEN');
    bench.exchange();
    expect(bench.node.urgent).toBe(true);
    bench.exchange();
    expect(bench.node.urgent).toBe(false);
    bench.exchange({ version: version(2) });
    expect(bench.node.urgent).toBe(true);
  });

  it('is not urgent where the store answers that the circuit is open already', () => {
    const bench = new NodeBench();
    bench.exchange();
    bench.port.move('OPEN');
    bench.exchange({ ...open, remaining: 900 });
    expect(bench.node.urgent).toBe(false);
  });

  it('of a state that has passed is none: the next one is urgent again', () => {
    const bench = new NodeBench();
    bench.exchange();
    bench.port.move('OPEN');
    bench.exchange();
    bench.notice({ version: version(1), cause: 'reset' });
    bench.port.move('OPEN');
    expect(bench.node.urgent).toBe(true);
  });
});

describe('an answer', () => {
  it('that is older than what the node was told meanwhile counts for nothing but its life', () => {
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

  it('that is as new as that, of another life of the store, or newer, is the fleet’s state', () => {
    for (const reply of [version(1), version(0, 'two'), version(2)]) {
      const bench = new NodeBench();
      bench.exchange();
      const sent = bench.send();
      bench.notice({ version: version(1), state: 'ISOLATED' });
      bench.hear(sent, { ...open, version: reply, remaining: 900 });
      expect(bench.node.state).toBe('OPEN');
    }
  });

  it('with a lower epoch to a message that nothing came after tells what the store has lost', () => {
    const bench = new NodeBench();
    bench.exchange({ version: version(5), state: 'ISOLATED' });
    bench.notice({ version: version(6), state: 'ISOLATED' });
    bench.exchange({ ...open, version: version(3), remaining: 900 });
    expect(bench.node.state).toBe('OPEN');
  });
});

describe('what a node is told', () => {
  it('late or twice changes nothing', () => {
    const bench = new NodeBench();
    bench.exchange({ ...open, version: version(2), remaining: 900 });
    for (const epoch of [1, 2]) bench.notice({ version: version(epoch) });
    expect([bench.node.state, bench.node.urgent]).toEqual(['OPEN', false]);
  });

  it('before it has asked, or while it has no store, has it ask', () => {
    const bench = new NodeBench();
    bench.exchange();
    bench.lose();
    bench.notice({ ...open, remaining: 900 });
    expect([bench.node.state, bench.node.urgent]).toEqual(['CLOSED', true]);
  });

  it('puts its breaker into the fleet’s state, for the time that is left', () => {
    const bench = new NodeBench();
    bench.exchange();
    bench.notice({ ...open, remaining: 900 });
    bench.now = 300;
    expect(bench.port.takeTold()).toEqual(['open for 900']);
    expect(bench.node.retryAfter(300)).toBe(600);
    expect(bench.node.retryAfter(1000)).toBe(0);
  });
});
