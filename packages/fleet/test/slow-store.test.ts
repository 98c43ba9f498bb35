import { describe, expect, it } from 'vitest';
import { CircuitBreakerPolicy } from '@highway/resilience';
import { ManualClock, seededRandom } from '@highway/resilience/testing';
import { Fleet, quorum } from '@highway/fleet';
import type { CircuitMessage, FleetStore } from '@highway/fleet';
import { MemoryStore } from '@highway/fleet/memory';

/** How long the server needs to merge a message, and how long a turn of its work is, in ms. */
const mergeMs = 10;
const turnMs = 20;

interface Job {
  left: number;
  readonly done: () => void;
}

/** A server that needs time for each message that it merges, and serves all its clients in turn. */
class SlowServer {
  readonly clock: ManualClock = new ManualClock();
  readonly random: () => number = seededRandom(1);
  readonly #memory = new MemoryStore({ clock: this.clock });
  readonly #jobs = new Set<Job>();
  #isDown = false;
  /** The circuits of each exchange. */
  readonly exchanges: (readonly string[])[] = [];

  constructor() {
    this.#work();
  }

  /** A client, which like a `RedisStore` sends nothing while an exchange has no answer. */
  client(): FleetStore {
    let waits = false;
    return {
      exchange: async (messages) => {
        if (this.#isDown || waits) throw new Error('no connection');
        waits = true;
        this.exchanges.push(messages.map(({ circuit }) => circuit));
        await this.#take(messages);
        waits = false;
        return this.#memory.exchange(messages);
      },
      subscribe: (listener) => this.#memory.subscribe(listener),
      view: () => this.#memory.view(),
    };
  }

  /** Restarts without its data. */
  async restart(): Promise<void> {
    this.#isDown = true;
    await this.clock.advance(1000);
    this.#memory.clear();
    this.#isDown = false;
  }

  #take(messages: readonly CircuitMessage[]): Promise<void> {
    const merged = messages.filter(({ quiet }) => quiet === undefined).length;
    return new Promise((done) => {
      this.#jobs.add({ left: merged * mergeMs, done });
    });
  }

  #work(): void {
    const share = turnMs / this.#jobs.size;
    for (const job of [...this.#jobs]) {
      job.left -= share;
      if (job.left > 0) continue;
      this.#jobs.delete(job);
      job.done();
    }
    this.clock.setTimeout(() => {
      this.#work();
    }, turnMs);
  }
}

/** A process with so many circuits joins. */
function join(server: SlowServer, circuits: number): { fleet: Fleet; last: CircuitBreakerPolicy } {
  const { clock, random } = server;
  const fleet = new Fleet({ store: server.client(), clock, random });
  const breakers = Array.from({ length: circuits }, (_, circuit) =>
    fleet.attach(new CircuitBreakerPolicy({ name: `circuit ${circuit}`, clock }), {
      trip: quorum('1/2'),
    }),
  );
  void fleet.join();
  return { fleet, last: breakers.at(-1)! };
}

function connected(fleets: readonly Fleet[]): number {
  return fleets.filter(({ status }) => status === 'connected').length;
}

describe('a fleet whose store cannot merge the messages of all processes within their time', () => {
  it('recovers when the store has restarted empty, and stays connected', async () => {
    const server = new SlowServer();
    const fleets: Fleet[] = [];
    while (fleets.length < 8) {
      fleets.push(join(server, 50).fleet);
      await server.clock.advance(1000);
    }
    expect(connected(fleets)).toBe(8);
    await server.restart();
    await server.clock.advance(40_000);
    const counts: number[] = [];
    for (let i = 0; i < 10; i++) {
      await server.clock.advance(1000);
      counts.push(connected(fleets));
    }
    expect(counts).toEqual(counts.map(() => 8));
    const views = await fleets[0]!.circuits();
    expect(views.every(({ members }) => members === 8)).toBe(true);
    // One exchange about all circuits again.
    expect(server.exchanges.slice(-8).map(({ length }) => length)).toEqual(fleets.map(() => 50));
  });

  it('lets a single process join that has more circuits than the store merges in time', async () => {
    const server = new SlowServer();
    const { fleet } = join(server, 300);
    await server.clock.advance(10_000);
    expect(fleet.status).toBe('connected');
    expect(await fleet.circuits()).toHaveLength(300);
  });

  it('sends a vote with the next portion of circuits', async () => {
    const server = new SlowServer();
    const { last } = join(server, 300);
    while (server.exchanges.length < 5) await server.clock.advance(10);
    expect(server.exchanges.flat()).toHaveLength(300 + 150 + 3 * 75);
    last.open({ for: 10_000 });
    while (server.exchanges.length < 6) await server.clock.advance(10);
    expect(server.exchanges.at(-1)).toHaveLength(75);
    expect(server.exchanges.at(-1)).toContain(last.name);
  });

  it('ends its series of exchanges when it leaves', async () => {
    const server = new SlowServer();
    const { fleet } = join(server, 300);
    while (server.exchanges.length < 4) await server.clock.advance(10);
    const left = fleet.leave();
    await server.clock.advance(10_000);
    await left;
    const views = await server.client().view();
    expect(views.filter(({ members }) => members > 0)).toEqual([]);
    expect(server.clock.pendingTimers).toBe(1);
  });
});
