import { describe, expect, it } from 'vitest';
import { CircuitBreakerPolicy, RetryPolicy } from '@highway/resilience';
import { supervisionOf } from '@highway/resilience/supervision';
import { ManualClock, settle } from '@highway/resilience/testing';
import { Fleet, pooled, quorum } from '@highway/fleet';
import type { Notice, FleetOptions, FleetStore } from '@highway/fleet';
import { MemoryStore } from '@highway/fleet/memory';

const trip = quorum('1/2');

/** A store that answers after so many turns, and counts its subscriptions. */
class SlowStore implements FleetStore {
  readonly memory: MemoryStore;
  listeners = 0;
  readonly #turns: number;

  constructor(clock: ManualClock, turns: number) {
    this.memory = new MemoryStore({ clock });
    this.#turns = turns;
  }

  async exchange(messages: Parameters<FleetStore['exchange']>[0]) {
    await this.#wait();
    return this.memory.exchange(messages);
  }

  async subscribe(listener: (change: Notice) => void) {
    await this.#wait();
    const unsubscribe = await this.memory.subscribe(listener);
    this.listeners++;
    return () => {
      this.listeners--;
      return unsubscribe();
    };
  }

  async view() {
    await this.#wait();
    return this.memory.view();
  }

  async #wait(): Promise<void> {
    for (let turn = 0; turn < this.#turns; turn++) await Promise.resolve();
  }
}

function make(turns = 0) {
  const clock = new ManualClock();
  const store = new SlowStore(clock, turns);
  const fleet = new Fleet({ store, clock, nodeId: 'a' });
  return { clock, store, fleet };
}

describe('joining a fleet', () => {
  it('resolves for every caller only when the state is known', async () => {
    const { clock, fleet, store } = make(5);
    await new Fleet({ store, clock }).isolate('payments');
    fleet.attach(new CircuitBreakerPolicy({ name: 'payments', clock }), { trip });
    void fleet.join();
    await fleet.join();
    expect(fleet.states.get('payments')).toBe('ISOLATED');
    await fleet.leave();
  });
});

describe('processes that live for one call', () => {
  it('make trial calls to a recovered dependency, and close the circuit', async () => {
    const clock = new ManualClock();
    const store = new MemoryStore({ clock });
    let healthy = false;
    const handle = async (): Promise<string> => {
      await using fleet = new Fleet({ store, clock });
      const breaker = fleet.attach(
        new CircuitBreakerPolicy({ name: 'payments', clock, successThreshold: '2/3' }),
        { trip: pooled({ minimumCalls: 4, rate: 0.5 }) },
      );
      await fleet.join();
      await breaker.executeOutcome(() =>
        healthy ? Promise.resolve('paid') : Promise.reject(new Error('down')),
      );
      return fleet.states.get('payments')!;
    };
    for (let calls = 0; calls < 6; calls++) await handle();
    expect(await handle()).toBe('OPEN');
    healthy = true;
    await clock.advance('30s');
    for (let calls = 0; calls < 4; calls++) await handle();
    expect(await handle()).toBe('CLOSED');
  });
});

describe('leaving a fleet', () => {
  it('leaves no subscription, at whatever moment of joining it is called', async () => {
    for (let turns = 0; turns < 40; turns++) {
      const { clock, store, fleet } = make(3);
      fleet.attach(new CircuitBreakerPolicy({ name: 'payments', clock }), { trip });
      void fleet.join();
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      await fleet.leave();
      await settle();
      expect([turns, store.listeners, clock.pendingTimers]).toEqual([turns, 0, 0]);
    }
  });

  it('reports the remaining outcomes to the store once, even if called twice', async () => {
    const { clock, store, fleet } = make(3);
    const breaker = fleet.attach(new CircuitBreakerPolicy({ name: 'payments', clock }), {
      trip: pooled({ minimumCalls: 100, rate: 0.5 }),
    });
    await fleet.join();
    void fleet.sync();
    await breaker.executeOutcome(() => Promise.reject(new Error('down')));
    await Promise.all([fleet.leave(), fleet[Symbol.asyncDispose]()]);
    const [view] = await store.memory.view();
    expect(view).toMatchObject({ members: 0, failures: 1 });
  });

  it('frees a breaker for another fleet', async () => {
    const { clock, fleet } = make();
    const breaker = fleet.attach(new CircuitBreakerPolicy({ name: 'payments', clock }), { trip });
    await fleet.join();
    await fleet.leave();
    const { fleet: next } = make();
    expect(next.attach(breaker, { trip })).toBe(breaker);
    const left = expect.objectContaining({ code: 'ERR_FLEET_LEFT' }) as Error;
    expect(() => fleet.attach(new CircuitBreakerPolicy({ name: 'x' }), { trip })).toThrow(left);
    await expect(fleet.join()).rejects.toThrow(left);
  });
});

describe('a reply of the store that lacks a circuit', () => {
  it('counts as no reply, so that no breaker follows a fleet without its node', async () => {
    const { clock, store, fleet } = make();
    await fleet.isolate('payments');
    const forgetful: FleetStore = {
      exchange: async (messages) => (await store.exchange(messages)).slice(0, 1),
      subscribe: (listener) => store.subscribe(listener),
      view: () => store.view(),
    };
    const damaged = new Fleet({ store: forgetful, clock });
    const errors: unknown[] = [];
    damaged.on('storeError', ({ error }) => errors.push(error));
    const breaker = new CircuitBreakerPolicy({ name: 'payments', clock });
    damaged.attach(breaker, { trip });
    damaged.attach(new CircuitBreakerPolicy({ name: 'search', clock }), { trip });
    await damaged.join();
    expect([damaged.status, breaker.state]).toEqual(['degraded', 'CLOSED']);
    expect(errors).toMatchObject([{ code: 'ERR_FLEET_INVALID_REPLY', circuit: 'search' }]);
    await damaged.leave();
  });
});

describe('attaching a breaker', () => {
  it.each([undefined, null, {}, 'payments', new RetryPolicy({ name: 'payments' })])(
    'is rejected for %o',
    (bad) => {
      const { fleet } = make();
      expect(() => fleet.attach(bad as never, { trip })).toThrow(
        /^breaker: .* is invalid; expected a CircuitBreakerPolicy/,
      );
    },
  );

  it('is rejected while somebody else supervises the breaker’s trial calls', () => {
    const { fleet } = make();
    const breaker = new CircuitBreakerPolicy({ name: 'payments' });
    const supervision = supervisionOf(breaker).superviseTrials({ takeSlot: () => undefined });
    expect(() => fleet.attach(breaker, { trip })).toThrow(/^supervisor: .* has one already/);
    expect(fleet.states.size).toBe(0);
    supervision[Symbol.dispose]();
    expect(fleet.attach(breaker, { trip })).toBe(breaker);
  });

  it('is rejected without a name, for a name that is taken, and for the second time', () => {
    const { fleet } = make();
    const breaker = fleet.attach(new CircuitBreakerPolicy({ name: 'payments' }), { trip });
    const attach = (given: CircuitBreakerPolicy) => () => fleet.attach(given, { trip });
    expect(attach(new CircuitBreakerPolicy())).toThrow(/^name: "" is invalid/);
    expect(attach(new CircuitBreakerPolicy({ name: 'a{b}' }))).toThrow(/^name: "a\{b\}"/);
    expect(attach(new CircuitBreakerPolicy({ name: 'payments' }))).toThrow(/^name: .* is taken/);
    const attached = expect.objectContaining({ code: 'ERR_FLEET_ALREADY_ATTACHED' }) as Error;
    expect(attach(breaker)).toThrow(attached);
    expect(() => make().fleet.attach(breaker, { trip })).toThrow(attached);
  });
});

describe('the options of a Fleet', () => {
  const store = new MemoryStore();

  it.each([
    [{ store: undefined }, /^store: undefined is invalid; expected a RedisStore/],
    [{ store: { exchange: () => {}, view: () => {} } }, /^store: .* is invalid/],
    [{ store: { exchange: () => {}, subscribe: () => {} } }, /^store: .* is invalid/],
    [{ nodeId: '' }, /^nodeId: "" is invalid; expected a string of 1 to 200 characters/],
    [{ nodeId: 7 }, /^nodeId: 7 is invalid/],
    [{ syncInterval: 9 }, /^syncInterval: 9 is invalid/],
    [{ syncInterval: '25h' }, /^syncInterval: "25h" is invalid; expected a duration from 10 ms/],
    [{ syncTimeout: '25h' }, /^syncTimeout: "25h" is invalid/],
    [{ clock: {} }, /^clock: \{\} is invalid/],
    [{ random: 0.5 }, /^random: 0.5 is invalid/],
    [{ interval: 500 }, /^Fleet: unknown option "interval"/],
  ])('are rejected by name: %j', (options, message) => {
    expect(() => new Fleet({ store, ...options } as unknown as FleetOptions)).toThrow(message);
  });
});
