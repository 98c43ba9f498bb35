import { describe, expect, it } from 'vitest';
import { ManualClock, settle } from '@highway/resilience/testing';
import { CircuitBreakerPolicy } from '@highway/resilience';
import { AttachedBreaker } from './attached-breaker.ts';
import { NodeCircuit } from './coordination/node-circuit.ts';
import { operatorMessage } from './coordination/operator.ts';
import { MemoryStore } from './memory/memory-store.ts';
import { Session } from './session.ts';
import type {
  CircuitMessage,
  CircuitReply,
  FleetStore,
  SubscriptionWatch,
  UnchangedReply,
} from './store.ts';
import { quorum } from './trip.ts';

/** A store that answers every exchange with nothing, and whose notices the test sends. */
function quietStore() {
  const watches: SubscriptionWatch[] = [];
  let exchanges = 0;
  const store: FleetStore = {
    exchange: () => {
      exchanges++;
      return Promise.resolve([]);
    },
    subscribe: (_, watch) => {
      watches.push(watch!);
      return Promise.resolve(() => Promise.resolve());
    },
    view: () => Promise.resolve([]),
  };
  return { store, watches, exchanges: () => exchanges };
}

function over(store: FleetStore, random = () => 0.5) {
  const clock = new ManualClock();
  const errors: unknown[] = [];
  const circuit = new NodeCircuit(
    {
      circuit: 'payments',
      member: 'a',
      trip: quorum('1/2'),
      ttlMs: 1500,
      quietTtlMs: 900_000,
      refreshMs: 300_000,
      random: () => 0.5,
      useMs: 1000,
      leaseMs: 2500,
      claimPauseMs: 500,
    },
    new AttachedBreaker(new CircuitBreakerPolicy({ name: 'payments', clock }), clock, {
      wake: () => {},
      failed: () => {},
    }),
  );
  const rules = { store, clock, random, syncIntervalMs: 500, syncTimeoutMs: 1000 };
  const session = new Session(rules, {
    circuits: () => [circuit],
    circuit: () => circuit,
    connection: () => {},
    failed: (error) => errors.push(error),
    updated: () => {},
  });
  return { clock, session, errors };
}

describe('a store that returns its own kind of promise', () => {
  it('is asked once per interval, even if it calls back at once and twice', async () => {
    const { store: quiet } = quietStore();
    let exchanges = 0;
    const thenable = {
      then: (resolve: (replies: []) => void, reject: (error: Error) => void) => {
        reject(new Error('down'));
        resolve([]);
      },
    };
    const exchange = (): Promise<CircuitReply[]> => {
      exchanges++;
      return thenable as never;
    };
    const { clock, session, errors } = over({ ...quiet, exchange });
    void session.start();
    await clock.advance(10);
    expect([exchanges, errors]).toEqual([1, [new Error('down')]]);
    await session.stop();
  });

  it('is reported if it returns no promise at all', async () => {
    const { store: quiet } = quietStore();
    const { session, errors } = over({ ...quiet, exchange: () => undefined as never });
    await session.start();
    expect(errors).toMatchObject([{ code: 'ERR_FLEET_INVALID_REPLY', circuit: 'payments' }]);
    await session.stop();
  });
});

/** A session without circuits, before a store whose answers the test gives. */
function make() {
  const clock = new ManualClock();
  const asked: { resolve: (replies: CircuitReply[]) => void; reject: (error: Error) => void }[] =
    [];
  const connections: boolean[] = [];
  const store: FleetStore = {
    exchange: () => new Promise((resolve, reject) => asked.push({ resolve, reject })),
    subscribe: () => Promise.resolve(() => Promise.resolve()),
    view: () => Promise.resolve([]),
  };
  const rules = { store, clock, random: () => 0.5, syncIntervalMs: 500, syncTimeoutMs: 1000 };
  const session = new Session(rules, {
    circuits: () => [],
    circuit: () => undefined,
    connection: (connected) => connections.push(connected),
    failed: () => {},
    updated: () => {},
  });
  return { clock, asked, connections, session };
}

describe('a session', () => {
  it('is connected after the first answer', async () => {
    const { asked, connections, session } = make();
    const started = session.start();
    asked[0]!.resolve([]);
    await started;
    expect(connections).toEqual([true]);
  });

  it('asks again at the next interval when the store rejects, however often it does', async () => {
    const { clock, asked, session } = make();
    void session.start();
    for (let i = 0; i < 60; i++) {
      asked.at(-1)!.reject(new Error('down'));
      await clock.advance(500);
    }
    expect(asked.length).toBeGreaterThan(60);
  });

  it('asks less often if many exchanges have no answer', async () => {
    const { clock, asked, session } = make();
    void session.start();
    await clock.advance(60_000);
    const before = asked.length;
    await clock.advance(60_000);
    expect(asked.length - before).toBeLessThan(12);
  });

  it('is connected again at once when a late answer comes', async () => {
    const { clock, asked, connections, session } = make();
    void session.start();
    await clock.advance(1000);
    asked[1]!.reject(new Error('down'));
    await settle();
    asked[0]!.resolve([]);
    await settle();
    asked[2]!.resolve([]);
    await settle();
    expect(connections).toEqual([true]);
  });

  it('stops without waiting for a store that does not answer, and leaves no timer', async () => {
    const { clock, session, connections } = make();
    void session.start();
    await settle();
    await session.stop();
    expect(clock.pendingTimers).toBe(0);
    expect(connections).toEqual([]);
  });

  it('ignores answers after it has stopped', async () => {
    const { asked, session, connections } = make();
    void session.start();
    await settle();
    await session.stop();
    asked[0]!.resolve([]);
    await settle();
    expect(connections).toEqual([]);
    expect(asked).toHaveLength(1);
  });
});

describe('the pace of a session', () => {
  it('follows its interval, however late each timer is', async () => {
    const { store, exchanges } = quietStore();
    const { clock, session } = over(store, () => 1 - 1e-9);
    // Each timer is late by 100 ms.
    const { setTimeout } = clock;
    clock.setTimeout = (run, ms) => setTimeout.call(clock, run, ms + 100);
    void session.start();
    await clock.advance(60_000);
    expect(exchanges()).toBeGreaterThanOrEqual(119);
    expect(exchanges()).toBeLessThanOrEqual(121);
  });

  it('skips the syncs that a frozen process missed', async () => {
    const { store, exchanges } = quietStore();
    const { clock, session } = over(store);
    void session.start();
    const { now } = clock;
    let frozenMs = 0;
    clock.now = () => now.call(clock) + frozenMs;
    await clock.advance(2000);
    frozenMs = 3_600_000;
    const before = exchanges();
    await clock.advance(2000);
    expect(exchanges() - before).toBeLessThanOrEqual(5);
  });
});

describe('a session that abandons an exchange', () => {
  it('aborts its signal when the time is up, and when the session stops', async () => {
    const signals: AbortSignal[] = [];
    const store: FleetStore = {
      exchange: (_, signal) => {
        signals.push(signal!);
        return new Promise(() => undefined);
      },
      subscribe: () => Promise.resolve(() => Promise.resolve()),
      view: () => Promise.resolve([]),
    };
    const { clock, session } = over(store);
    void session.start();
    await clock.advance(999);
    expect(signals[0]!.aborted).toBe(false);
    await clock.advance(1);
    expect(signals[0]!.aborted).toBe(true);
    await session.stop();
    expect(signals.every(({ aborted }) => aborted)).toBe(true);
  });
});

describe('a session that loses its subscription', () => {
  it('subscribes again at once, syncs, and reports the loss', async () => {
    const { store, watches, exchanges } = quietStore();
    const { session, errors, clock } = over({
      ...store,
      exchange: (messages) => new MemoryStore({ clock: new ManualClock() }).exchange(messages),
    });
    void session.start();
    await settle();
    watches[0]!.lost(new Error('half-open'));
    await settle();
    expect(watches).toHaveLength(2);
    expect(errors).toMatchObject([{ code: 'ERR_FLEET_NOTICES_LOST', cause: Error('half-open') }]);
    // One that was given up has nothing to say any more.
    watches[0]!.lost(new Error('again'));
    expect(errors).toHaveLength(1);
    await session.stop();
    watches[1]!.lost(new Error('at the end'));
    expect([errors.length, watches.length, clock.pendingTimers, exchanges()]).toEqual([1, 2, 0, 0]);
  });

  it('syncs when the store resumes notices by itself', async () => {
    const { store, watches, exchanges } = quietStore();
    const { session } = over(store);
    void session.start();
    await settle();
    const before = exchanges();
    watches[0]!.resumed();
    await settle();
    expect(exchanges()).toBe(before + 1);
    await session.stop();
    const left = exchanges();
    watches[0]!.resumed();
    await settle();
    expect(exchanges()).toBe(left);
  });

  it('finds out if the store does not report the loss, and hears of the next transition again', async () => {
    const clock = new ManualClock();
    const memory = new MemoryStore({ clock });
    let subscriptions = 0;
    let deaf = false;
    const store: FleetStore = {
      exchange: (messages) => memory.exchange(messages),
      view: () => memory.view(),
      subscribe: (listener) => {
        const number = ++subscriptions;
        return memory.subscribe((notice) => {
          if (!(deaf && number === 1)) listener(notice);
        });
      },
    };
    const { session, errors, clock: own } = over(store);
    const isolate = (command: 'isolate' | 'release') =>
      memory.exchange([operatorMessage('payments', command)]);
    void session.start();
    await own.advance(1000);
    await isolate('isolate');
    await own.advance(5000);
    expect([subscriptions, errors]).toEqual([1, []]);
    deaf = true;
    await isolate('release');
    await own.advance(2000);
    expect(subscriptions).toBe(2);
    expect(errors).toMatchObject([{ code: 'ERR_FLEET_NOTICES_LOST' }]);
    await isolate('isolate');
    await own.advance(10_000);
    expect([subscriptions, errors.length]).toEqual([2, 1]);
    await session.stop();
  });
});

type Reply = CircuitReply | UnchangedReply;

describe('a session of a quiet circuit', () => {
  /** A store whose replies pass through a function. */
  function through(change: (reply: Reply, message: CircuitMessage) => Reply) {
    const memory = new MemoryStore({ clock: new ManualClock() });
    const sent: CircuitMessage[] = [];
    const store: FleetStore = {
      exchange: async (messages) => {
        sent.push(...messages);
        const replies = await memory.exchange(messages);
        return replies.map((reply, i) => change(reply, messages[i]!));
      },
      subscribe: (listener) => memory.subscribe(listener),
      view: () => memory.view(),
    };
    return { ...over(store), sent };
  }

  it('sends messages that the store need not merge', async () => {
    const { session, clock, sent, errors } = through((reply) => reply);
    void session.start();
    await clock.advance(10_000);
    const full = sent.filter(({ quiet }) => quiet === undefined);
    expect([full.length, sent.length > 15, errors]).toEqual([1, true, []]);
    await session.stop();
    expect(sent.at(-1)).toMatchObject({ ttl: 0 });
    expect(sent.at(-1)).not.toHaveProperty('quiet');
  });

  it('sends full messages to a store that merges every message, and gives no stamps', async () => {
    const { session, clock, sent } = through((reply) => ({ ...reply, stamp: undefined }));
    void session.start();
    await clock.advance(10_000);
    expect(sent.filter(({ quiet }) => quiet !== undefined)).toEqual([]);
    await session.stop();
  });

  it.each<[string, (reply: Reply, message: CircuitMessage) => Reply]>([
    [
      'of another version',
      (reply) => (reply.unchanged ? { ...reply, version: { generation: 'x', epoch: 0 } } : reply),
    ],
    [
      'to a message that is not quiet',
      (_, { circuit, version }) => ({ circuit, version, unchanged: true, members: 1 }),
    ],
  ])('works alone if the store says that nothing has changed %s', async (_, change) => {
    const { session, clock, errors } = through(change);
    void session.start();
    await clock.advance(700);
    expect(errors[0]).toMatchObject({ code: 'ERR_FLEET_MALFORMED', circuit: 'payments' });
    await session.stop();
  });
});
