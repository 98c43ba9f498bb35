import { describe, expect, it } from 'vitest';
import { NodeBench, open, version } from '../../test/support/node-bench.ts';
import type { CircuitReply } from '../store.ts';

const fresh = { version: version(0, 'two') };
const isolated = { version: version(3), state: 'ISOLATED', cause: 'isolate' } as const;

describe('a node whose messages are lost', () => {
  it('reports no outcomes twice: unanswered ones count as reported', () => {
    const bench = new NodeBench();
    bench.exchange();
    bench.port.totals = { successes: 3, failures: 2 };
    bench.lose();
    bench.port.totals = { successes: 4, failures: 4 };
    const { ackedSuccesses, ackedFailures } = bench.send().message;
    expect([ackedSuccesses, ackedFailures]).toEqual([3, 2]);
  });

  it('lets its breaker work alone, and drops its proposal', () => {
    const bench = new NodeBench();
    bench.exchange({ ...open, remaining: 900 });
    expect(bench.port.supervised).toBe(true);
    bench.exchange({ version: version(2), votes: 1 });
    bench.node.degrade();
    expect(bench.port.supervised).toBe(false);
    expect(bench.send().message).not.toHaveProperty('propose');
  });

  it('stays isolated until it leaves the fleet', () => {
    const bench = new NodeBench();
    bench.exchange(isolated);
    bench.lose();
    expect(bench.port.takeCommands()).toEqual(['isolate']);
    bench.node.leave();
    expect(bench.port.takeCommands()).toEqual(['end the isolation']);
  });
});

describe('a store that comes back empty', () => {
  /** Of a fleet of two that had an open circuit, 300 ms ago. */
  function forgotten(remaining = 900): NodeBench {
    const bench = new NodeBench();
    bench.exchange({ ...open, openings: 3, remaining, members: 2 });
    bench.now = 300;
    bench.exchange({ ...fresh, members: 1 });
    return bench;
  }

  it('is told by the nodes that the circuit is open, and for how long', () => {
    const bench = forgotten();
    expect([bench.port.state, bench.node.state]).toEqual(['OPEN', 'CLOSED']);
    expect(bench.node.urgent).toBe(true);
    expect(bench.exchange({ ...fresh, members: 2, votes: 1 }).open).toBe(true);
    const propose = { to: 'OPEN', wait: 600, openings: 3, cause: 'restored' };
    expect(bench.send().message).toMatchObject({ propose });
    bench.exchange({ ...open, version: version(1, 'two'), remaining: 600 });
    expect(bench.port.takeCommands()).toEqual(['open for 900', 'open for 600']);
  });

  it('is told of no wait if it has ended', () => {
    const bench = forgotten(200);
    bench.exchange({ ...fresh, members: 2, votes: 1 });
    expect(bench.send().message.propose?.wait).toBe(0);
  });

  it('is not told what it lost if too few nodes vote', () => {
    const bench = forgotten();
    bench.exchange({ ...fresh, members: 3, votes: 1 });
    expect(bench.send().message).not.toHaveProperty('propose');
  });

  it('is told only as long as a member lives; then the node gives up', () => {
    const bench = forgotten();
    bench.now = 1799;
    bench.exchange({ ...fresh, votes: 1 });
    expect([bench.port.supervised, bench.send().message.propose?.cause]).toEqual([
      true,
      'restored',
    ]);
    bench.now = 1800;
    bench.exchange({ ...fresh, votes: 1 });
    expect([bench.port.supervised, bench.send().message.propose?.cause]).toEqual([false, 'quorum']);
    expect(bench.port.takeCommands()).toEqual(['open for 900']);
  });

  it('is followed if it has had transitions since', () => {
    for (const state of ['OPEN', 'CLOSED'] as const) {
      const bench = forgotten();
      bench.exchange({ version: version(1, 'two'), state, cause: 'reset', remaining: 50 });
      expect([bench.node.state, bench.port.state]).toEqual([state, state]);
      expect(bench.send().message).not.toHaveProperty('propose');
    }
  });

  it('is followed if it is not empty, or still has the generation that the node knows', () => {
    for (const known of [version(1, 'two'), version(0)]) {
      const bench = new NodeBench();
      bench.exchange({ ...open, remaining: 900 });
      bench.exchange({ version: known });
      expect(bench.port.state).toBe('CLOSED');
    }
  });

  it('is followed by a node that knew a closed circuit, even if its own breaker is open', () => {
    const bench = new NodeBench();
    bench.exchange({ version: version(2), openings: 0 });
    bench.port.move('OPEN');
    bench.exchange({ ...fresh, votes: 1 });
    expect(bench.send().message.propose).toMatchObject({ cause: 'quorum', wait: 1000 });
  });

  it('is followed by a node that worked alone meanwhile', () => {
    const bench = new NodeBench();
    bench.exchange({ ...open, remaining: 900 });
    bench.lose();
    bench.exchange(fresh);
    expect(bench.port.state).toBe('CLOSED');
  });

  it('is followed by a node that loses it again before it was told', () => {
    const bench = forgotten();
    bench.lose();
    bench.exchange({ ...fresh, votes: 1 });
    expect(bench.port.state).toBe('CLOSED');
  });

  it('is told of an isolation without a vote, however late, also by a node that worked alone', () => {
    const bench = new NodeBench();
    bench.exchange(isolated);
    bench.lose();
    bench.exchange({ ...fresh, members: 9 });
    expect(bench.node.urgent).toBe(true);
    bench.lose();
    bench.now = 3_600_000;
    bench.exchange({ ...fresh, members: 9 });
    const propose = { to: 'ISOLATED', wait: 0, openings: 0, cause: 'isolate' };
    expect(bench.send().message).toMatchObject({ propose });
    bench.exchange({ ...isolated, version: version(1, 'two') });
    expect(bench.send().message).not.toHaveProperty('propose');
    expect(bench.port.takeCommands()).toEqual(['isolate']);
  });

  it('is not told of an isolation that has ended since', () => {
    const bench = new NodeBench();
    bench.exchange(isolated);
    bench.exchange(fresh);
    bench.exchange({ version: version(2, 'two'), cause: 'release' });
    expect(bench.port.takeCommands()).toEqual(['isolate', 'end the isolation']);
    expect(bench.send().message).not.toHaveProperty('propose');
  });
});

describe('a node whose breaker recovered while it had no store', () => {
  /** Its own trial calls closed it. */
  function recovered(known: Partial<CircuitReply> = { ...open, remaining: 900 }): NodeBench {
    const bench = new NodeBench();
    bench.exchange(known);
    bench.lose();
    bench.port.move('HALF_OPEN', 'cooldown');
    bench.port.move('CLOSED', 'trials');
    bench.port.takeCommands();
    return bench;
  }

  it('proposes at once to close the circuit for all, and follows the fleet after that', () => {
    const bench = recovered();
    bench.exchange(open);
    expect([bench.node.urgent, bench.port.takeCommands()]).toEqual([true, []]);
    const propose = { to: 'CLOSED', wait: 0, openings: 0, cause: 'recovered' };
    expect(bench.send().message).toMatchObject({ propose });
    bench.exchange({ version: version(2), cause: 'recovered' });
    expect([bench.port.state, bench.node.state]).toEqual(['CLOSED', 'CLOSED']);
    expect(bench.send().message).not.toHaveProperty('propose');
  });

  it('also proposes it while the fleet’s circuit is half-open and undecided', () => {
    const half = { ...open, state: 'HALF_OPEN' } as const;
    const bench = recovered(half);
    bench.exchange(half);
    expect(bench.send().message.propose?.cause).toBe('recovered');
  });

  it('proposes it again if the message was lost', () => {
    const bench = recovered();
    bench.exchange(open);
    bench.lose();
    bench.exchange(open);
    expect(bench.send().message.propose?.cause).toBe('recovered');
  });

  it('proposes nothing if the fleet’s circuit was closed all the time', () => {
    const bench = recovered({});
    bench.exchange();
    expect(bench.send().message).not.toHaveProperty('propose');
  });

  it('follows the fleet until the wait ends', () => {
    const bench = recovered();
    bench.exchange({ ...open, remaining: 1 });
    expect(bench.port.takeCommands()).toEqual(['open for 1']);
    expect(bench.send().message).not.toHaveProperty('propose');
  });

  it('follows the fleet if its circuit changed meanwhile', () => {
    const bench = recovered();
    bench.exchange({ ...open, version: version(3), openings: 2 });
    expect(bench.port.takeCommands()).toEqual(['open for 0']);
  });
});
