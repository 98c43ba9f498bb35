import { describe, expect, it } from 'vitest';
import { NodeBench, open, version } from '../../test/support/node-bench.ts';
import type { CircuitReply } from '../store.ts';
import { pooled } from '../trip.ts';

const stamp = 17;
const poolRules = { trip: pooled({ minimumCalls: 10, rate: 0.5, over: '20s' }) };

/** A node that has heard of a quiet circuit. */
function quiet(rules: ConstructorParameters<typeof NodeBench>[0] = {}): NodeBench {
  const bench = new NodeBench(rules);
  bench.exchange({ stamp });
  return bench;
}

function nextQuiet(bench: NodeBench): number | undefined {
  return bench.send().message.quiet;
}

describe('the messages of a node with nothing to say', () => {
  it('name the stamp of the last reply, and are complete', () => {
    const bench = quiet();
    bench.port.totals = { successes: 4, failures: 1 };
    const { message } = bench.send();
    expect(message).toMatchObject({ quiet: stamp, ttl: 1500, quietTtl: 900_000, successes: 4 });
  });

  it('are not quiet for a store that gives no stamp', () => {
    const bench = new NodeBench();
    bench.exchange();
    expect(nextQuiet(bench)).toBeUndefined();
  });

  it('stay quiet while the store answers that nothing has changed', () => {
    const bench = quiet();
    for (let i = 0; i < 3; i++) {
      const sent = bench.send();
      expect(sent.message.quiet).toBe(stamp);
      bench.hearUnchanged(sent);
    }
    expect(bench.node.urgent).toBe(false);
  });

  it.each<[string, Partial<CircuitReply>]>([
    ['open', { ...open, remaining: 900 }],
    ['half-open', { version: version(2), state: 'HALF_OPEN', cause: 'cooldown' }],
    ['isolated', { version: version(1), state: 'ISOLATED', cause: 'isolate' }],
    ['closed, with a vote', { votes: 1, members: 9 }],
    ['closed, with failures in the pool', { failures: 1 }],
  ])('are not quiet while the circuit is %s', (_, reply) => {
    const bench = quiet();
    bench.exchange({ stamp: stamp + 1, ...reply });
    expect(nextQuiet(bench)).toBeUndefined();
    bench.exchange({ version: version(3), cause: 'reset', stamp: stamp + 2 });
    expect(nextQuiet(bench)).toBe(stamp + 2);
  });
});

describe('a quiet node', () => {
  it('sends a full message at times, so that the store does not forget it', () => {
    const bench = quiet({ refreshMs: 1000, random: () => 0.5 });
    bench.now = 749;
    expect(nextQuiet(bench)).toBe(stamp);
    bench.now = 750;
    expect(nextQuiet(bench)).toBeUndefined();
    bench.exchange({ stamp: stamp + 1 });
    expect(nextQuiet(bench)).toBe(stamp + 1);
  });

  it('sends its vote, and full messages as long as the breaker is open', () => {
    const bench = quiet();
    bench.port.move('OPEN');
    expect([bench.node.urgent, bench.exchange({ stamp, votes: 0 }).quiet]).toEqual([
      true,
      undefined,
    ]);
    expect(nextQuiet(bench)).toBeUndefined();
    bench.port.move('CLOSED');
    expect(nextQuiet(bench)).toBe(stamp);
  });

  it('sends outcomes only if they are pooled', () => {
    for (const [rules, expected] of [
      [{}, stamp],
      [poolRules, undefined],
    ] as const) {
      const bench = quiet(rules);
      bench.port.totals = { successes: 1, failures: 0 };
      expect(nextQuiet(bench)).toBe(expected);
    }
  });

  it('is quiet again when the store knows all pooled outcomes', () => {
    const bench = quiet(poolRules);
    bench.port.totals = { successes: 1, failures: 0 };
    bench.exchange({ stamp });
    expect(nextQuiet(bench)).toBe(stamp);
  });

  it('leaves with a full message', () => {
    const { quiet: sent, quietTtl } = quiet().send(0).message;
    expect([sent, quietTtl]).toEqual([undefined, 0]);
  });

  it('sends a full message after an exchange was lost, or its breaker worked alone', () => {
    const bench = quiet();
    bench.node.lost(bench.send());
    expect(nextQuiet(bench)).toBeUndefined();
    const other = quiet();
    other.node.degrade();
    expect(nextQuiet(other)).toBeUndefined();
  });

  it('sends a full message after a notice, and after a reply that a notice overtook', () => {
    const bench = quiet();
    bench.notice({ version: version(1), cause: 'reset' });
    expect(nextQuiet(bench)).toBeUndefined();
    const sent = bench.send();
    bench.notice({ version: version(2), cause: 'reset' });
    bench.hear(sent, { version: version(1), stamp });
    expect(nextQuiet(bench)).toBeUndefined();
  });

  it('sends a full message while it restores what the store has lost', () => {
    const bench = quiet();
    bench.exchange({ version: version(1), state: 'ISOLATED', stamp });
    bench.exchange({ version: version(0, 'two'), stamp });
    expect(bench.send().message).toMatchObject({ propose: { to: 'ISOLATED' } });
    expect(nextQuiet(bench)).toBeUndefined();
  });

  it('counts with the members that the store reports while nothing changes', () => {
    const bench = quiet();
    bench.exchange({ members: 9, stamp });
    for (bench.now = 0; bench.now < 4000; bench.now += 500) bench.hearUnchanged(bench.send(), 2);
    bench.port.move('OPEN');
    bench.exchange({ members: 2, votes: 1, stamp: stamp + 1 });
    expect(bench.send().message).toHaveProperty('propose');
  });

  it('does not trust a store that suddenly has fewer members', () => {
    const bench = quiet();
    for (bench.now = 0; bench.now < 4000; bench.now += 500) bench.hearUnchanged(bench.send(), 9);
    bench.port.move('OPEN');
    bench.exchange({ members: 1, votes: 1, stamp: stamp + 1 });
    expect(bench.send().message).not.toHaveProperty('propose');
  });
});
