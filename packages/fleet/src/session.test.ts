import { describe, expect, it } from 'vitest';
import { ManualClock, settle } from '@highway/resilience/testing';
import type { CircuitReply, FleetStore } from './store.ts';
import { Session } from './session.ts';

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
  const rules = { store, clock, random: () => 0.5, syncInterval: 500, syncTimeout: 1000 };
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
  it('is connected from the first answer on', async () => {
    const { asked, connections, session } = make();
    const started = session.start();
    asked[0]!.resolve([]);
    await started;
    expect(connections).toEqual([true]);
  });

  it('asks again at the next interval where the store refuses, however often it does', async () => {
    const { clock, asked, session } = make();
    void session.start();
    for (let i = 0; i < 60; i++) {
      asked.at(-1)!.reject(new Error('down'));
      await clock.advance(500);
    }
    expect(asked.length).toBeGreaterThan(60);
  });

  it('asks less often where the store’s client holds many questions without an answer', async () => {
    const { clock, asked, session } = make();
    void session.start();
    await clock.advance(60_000);
    const before = asked.length;
    await clock.advance(60_000);
    expect(asked.length - before).toBeLessThan(12);
  });

  it('is connected again at once when an answer comes that had been given up', async () => {
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

  it('ends without waiting for a store that does not answer, and leaves no timer', async () => {
    const { clock, session, connections } = make();
    void session.start();
    await settle();
    await session.stop();
    expect(clock.pendingTimers).toBe(0);
    expect(connections).toEqual([]);
  });

  it('takes no answer any more after it has ended', async () => {
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
