import { describe, expect, it } from 'vitest';
import { CircuitBreakerPolicy } from '@highway/resilience';
import { ManualClock, settle } from '@highway/resilience/testing';
import { Fleet, MalformedStateError, quorum, StoreTimeoutError } from '@highway/fleet';
import type { CircuitView, FleetStore } from '@highway/fleet';
import { MemoryStore } from '@highway/fleet/memory';

const trip = quorum('1/2');

async function join(store: FleetStore, nodeId: string, names: readonly string[]) {
  const clock = new ManualClock();
  const fleet = new Fleet({ store, nodeId, clock });
  const breakers = names.map((name) =>
    fleet.attach(new CircuitBreakerPolicy({ name, clock }), { trip }),
  );
  await fleet.join();
  return { clock, fleet, breakers };
}

/** A store without an answer, or with a wrong one. */
function badStore(answer: () => Promise<readonly never[]>): FleetStore {
  return { exchange: answer, view: answer, subscribe: () => Promise.resolve(async () => {}) };
}

describe('an operator', () => {
  it('sees every process once, with all its circuits, even if two have the same name', async () => {
    const store = new MemoryStore({ clock: new ManualClock() });
    const { fleet } = await join(store, 'b', ['payments']);
    await join(store, 'a~1', ['payments', 'search']);
    await join(store, 'a~1', ['search']);
    const members = await fleet.members();
    expect(members.map(({ nodeId, circuits }) => [nodeId, ...circuits])).toEqual([
      ['a~1', 'payments', 'search'],
      ['a~1', 'search'],
      ['b', 'payments'],
    ]);
    expect(new Set(members.map(({ incarnation }) => incarnation)).size).toBe(3);
    const circuits = await fleet.circuits();
    expect(circuits.map(({ circuit, members: live }) => [circuit, live])).toEqual([
      ['payments', 2],
      ['search', 2],
    ]);
  });

  it('isolates, releases and resets circuits, also unknown ones', async () => {
    const store = new MemoryStore({ clock: new ManualClock() });
    const { fleet, breakers } = await join(store, 'a', ['payments']);
    const operator = new Fleet({ store });
    const heard: string[] = [];
    fleet.on('stateChange', ({ circuit, newState }) => heard.push(`${circuit} ${newState}`));
    await operator.isolate('payments');
    await operator.isolate('unseen');
    await settle();
    expect(breakers[0]?.state).toBe('ISOLATED');
    await operator.release('payments');
    await operator.reset('payments');
    await settle();
    expect(breakers[0]?.state).toBe('CLOSED');
    expect(heard).toEqual(['payments ISOLATED', 'payments CLOSED']);
    const late = await join(store, 'b', ['unseen']);
    expect(late.breakers[0]?.state).toBe('ISOLATED');
    await expect(operator.isolate('a{b}')).rejects.toThrow(/^circuit: "a\{b\}" is invalid/);
  });

  it('gets an error if the store is unreachable or does not answer', async () => {
    const down = new Fleet({ store: badStore(() => Promise.reject(new Error('down'))) });
    await expect(down.isolate('payments')).rejects.toThrow('down');
    await expect(down.circuits()).rejects.toThrow('down');
    const clock = new ManualClock();
    const hangs = new Fleet({ store: badStore(() => new Promise(() => {})), clock });
    const waits = [hangs.reset('payments'), hangs.members()].map((asked) =>
      asked.catch((error: unknown) => error),
    );
    await clock.advance(1000);
    for (const error of await Promise.all(waits)) expect(error).toBeInstanceOf(StoreTimeoutError);
    expect(clock.pendingTimers).toBe(0);
  });

  it('learns which circuit is damaged, while the others work and are shown', async () => {
    const memory = new MemoryStore({ clock: new ManualClock() });
    const spoil = <T extends { circuit: string }>(all: readonly T[]): T[] =>
      all.map((one) => (one.circuit === 'search' ? { ...one, cause: 'x' } : one));
    const store: FleetStore = {
      exchange: async (messages) => spoil(await memory.exchange(messages)),
      view: async () => spoil(await memory.view()),
      subscribe: (listener) => memory.subscribe(listener),
    };
    const { fleet, breakers } = await join(store, 'a', ['payments', 'search']);
    const heard: unknown[] = [];
    fleet.on('storeError', ({ circuit, error }) => heard.push(circuit, (error as Error).message));
    await new Fleet({ store: memory }).isolate('payments');
    await fleet.sync();
    expect([fleet.status, breakers[0]?.state]).toEqual(['connected', 'ISOLATED']);
    const message = `The store's state of "search" is damaged: cause is "x"`;
    expect(heard.slice(0, 2)).toEqual(['search', message]);
    expect((await fleet.circuits()).map(({ circuit }) => circuit)).toEqual(['payments']);
    await expect(fleet.isolate('search')).rejects.toThrow(message);
  });

  it('gets an error instead of a malformed answer', async () => {
    const store = new MemoryStore();
    await new Fleet({ store }).reset('payments');
    const damage = async (): Promise<CircuitView[]> =>
      (await store.view()).map((view) => ({ ...view, members: -1 }));
    const exchange = (): Promise<never[]> => Promise.resolve([]);
    const fleet = new Fleet({ store: { ...badStore(exchange), view: damage } });
    await expect(fleet.circuits()).rejects.toThrow(MalformedStateError);
    await expect(fleet.members()).rejects.toThrow(MalformedStateError);
    await expect(fleet.reset('payments')).rejects.toThrow(MalformedStateError);
  });
});
