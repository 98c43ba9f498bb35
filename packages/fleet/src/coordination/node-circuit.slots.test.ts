import { describe, expect, it } from 'vitest';
import { NodeBench, open, version } from '../../test/support/node-bench.ts';

const half = { version: version(2), state: 'HALF_OPEN', cause: 'cooldown', openings: 1 } as const;

/** A node that knows of an open circuit whose wait is over. */
function ready(): NodeBench {
  const bench = new NodeBench();
  bench.exchange(open);
  return bench;
}

/** A node that was given slots 7 and 8 of a half-open circuit. */
function given(): NodeBench {
  const bench = new NodeBench();
  bench.exchange({ ...half, granted: [7, 8] });
  return bench;
}

describe('the request for a trial slot', () => {
  it('is urgent when a call is rejected for lack of a slot, and sent once', () => {
    const bench = ready();
    expect(bench.send().message.want).toBe(0);
    expect(bench.node.beginTrial(0)).toBeUndefined();
    expect(bench.node.urgent).toBe(true);
    expect(bench.send().message.want).toBe(1);
    expect(bench.send().message.want).toBe(0);
  });

  it('is repeated after a pause if nothing was granted, and callers learn how long', () => {
    const bench = ready();
    bench.node.beginTrial(0);
    bench.exchange(open);
    bench.now = 499;
    bench.node.beginTrial(499);
    expect([bench.node.urgent, bench.send().message.want]).toEqual([false, 0]);
    expect(bench.node.retryAfter(100)).toBe(400);
    bench.now = 500;
    expect(bench.send().message.want).toBe(1);
  });

  it('is not sent before the wait ends, or while the circuit is closed or isolated', () => {
    const wants = (reply: Parameters<NodeBench['exchange']>[0], now: number): number => {
      const bench = new NodeBench();
      bench.exchange(reply);
      bench.node.beginTrial(0);
      bench.now = now;
      return bench.send().message.want;
    };
    const waiting = { ...open, remaining: 500 };
    expect([wants(waiting, 499), wants(waiting, 500)]).toEqual([0, 1]);
    const isolated = { ...open, state: 'ISOLATED' } as const;
    expect([wants({}, 900), wants(isolated, 900), wants(half, 900)]).toEqual([0, 0, 1]);
  });

  it('lasts as long as a slot may be used', () => {
    const wants = (now: number): number => {
      const bench = ready();
      bench.node.beginTrial(0);
      bench.now = now;
      return bench.send().message.want;
    };
    expect([wants(999), wants(1000)]).toEqual([1, 0]);
  });

  it('lasts for twice the time between two calls if calls are rare', () => {
    const wants = (now: number): number => {
      const bench = ready();
      bench.node.beginTrial(1000);
      bench.node.beginTrial(4000);
      bench.now = now;
      return bench.send().message.want;
    };
    expect([wants(9999), wants(10_000)]).toEqual([1, 0]);
  });

  it('ends with the state that it was for', () => {
    const bench = ready();
    bench.node.beginTrial(0);
    bench.exchange({ ...open, version: version(2), openings: 2 });
    expect([bench.send().message.want, bench.node.retryAfter(0)]).toEqual([0, 0]);
    // Calls came seldom before that, which says nothing of now.
    bench.now = 60_000;
    bench.exchange({ ...open, version: version(3), openings: 3 });
    bench.node.beginTrial(60_000);
    bench.now = 61_000;
    expect(bench.send().message.want).toBe(0);
  });

  it('is not sent while there is an unused slot, and is urgent once that is used', () => {
    const bench = ready();
    bench.node.beginTrial(0);
    bench.exchange({ ...half, granted: [7] });
    bench.node.beginTrial(0);
    expect(bench.node.beginTrial(0)).toBeUndefined();
    expect(bench.send().message.want).toBe(1);
    bench.exchange({ ...half, granted: [8] });
    expect(bench.send().message.want).toBe(0);
  });
});

describe('a trial slot', () => {
  it('is for a call that begins in time, counted from the request', () => {
    for (const [now, begun] of [
      [999, 7],
      [1000, undefined],
    ]) {
      const bench = new NodeBench();
      const sent = bench.send();
      bench.now = 800;
      bench.hear(sent, { ...half, granted: [7] });
      expect(bench.node.beginTrial(now!)).toBe(begun);
    }
  });

  it('is reported at once when its call begins, and when that ends', () => {
    const bench = given();
    expect(bench.node.beginTrial(0)).toBe(7);
    expect(bench.node.urgent).toBe(true);
    expect(bench.exchange(half).begun).toEqual([7]);
    expect(bench.node.urgent).toBe(false);
    bench.node.endTrial(7, 'success', 10);
    expect(bench.node.urgent).toBe(true);
    expect(bench.exchange(half).settled).toEqual([{ fence: 7, outcome: 'success' }]);
  });

  it('is returned with the next message if no call used it in time', () => {
    const bench = given();
    bench.now = 1000;
    const released = [7, 8].map((fence) => ({ fence, outcome: 'release' }));
    expect(bench.send().message.settled).toEqual(released);
  });

  it.each([
    [4999, 'success'],
    [5000, 'failure'],
  ])('counts a call that succeeds after %d ms as a %s', (ms, outcome) => {
    const bench = given();
    bench.node.beginTrial(100);
    bench.node.endTrial(7, 'success', 100 + ms);
    expect(bench.send().message.settled).toEqual([{ fence: 7, outcome }]);
  });

  it('is not reported if the node does not hold it', () => {
    const bench = given();
    bench.node.endTrial(9, 'failure', 0);
    expect([bench.node.urgent, bench.send().message.settled]).toEqual([false, []]);
  });

  it('is reported again if the message was lost, unless the state has passed', () => {
    const bench = given();
    bench.node.beginTrial(0);
    bench.node.lost(bench.send());
    const again = bench.send();
    expect(again.message.begun).toEqual([7]);
    bench.notice({ ...open, version: version(3), remaining: 900 });
    bench.node.lost(again);
    expect(bench.send().message.begun).toEqual([]);
  });

  it('does not count in the next state, and is of no use without a store', () => {
    const passed = given();
    passed.exchange({ ...half, version: version(4) });
    expect(passed.node.beginTrial(0)).toBeUndefined();
    const alone = given();
    alone.node.degrade();
    expect(alone.node.beginTrial(0)).toBeUndefined();
  });

  it('stays when a reply is about the state that the node knows', () => {
    const bench = given();
    bench.exchange(half);
    expect(bench.node.beginTrial(0)).toBe(7);
  });
});
