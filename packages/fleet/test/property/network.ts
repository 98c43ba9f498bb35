import type { Clock, Random } from '@highway/resilience';
import type {
  Notice,
  CircuitMessage,
  CircuitReply,
  CircuitView,
  FleetStore,
  UnchangedReply,
} from '@highway/fleet';
import type { NodeClock } from './node-clock.ts';
import type { StoreServer } from './store-server.ts';

/** How a network treats messages. Shares are from 0 to 1. */
export interface Weather {
  readonly slowestMs: number;
  /** Lost silently: there is never an answer. */
  readonly lost: number;
  /** Rejected: the client reports an error after a while, and the message may have arrived. */
  readonly rejected: number;
  readonly doubled: number;
  readonly noticesLost: number;
}

export const fine: Weather = { slowestMs: 20, lost: 0, rejected: 0, doubled: 0, noticesLost: 0 };

/** The network between processes and the store, which reorders messages. */
export class Network {
  weather: Weather = fine;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly server: StoreServer;

  constructor(clock: Clock, random: Random, server: StoreServer) {
    this.#clock = clock;
    this.#random = random;
    this.server = server;
  }

  chance(share: number): boolean {
    return this.#random() < share;
  }

  /** Delivers something after a random delay. */
  carry(arrive: () => void): void {
    this.#clock.setTimeout(arrive, 1 + this.#random() * (this.weather.slowestMs - 1));
  }
}

/** A process's connection to the store. */
export class Link implements FleetStore {
  /** How it is cut: `silent` gets no answer, `rejected` gets a connection error. */
  cut: 'silent' | 'rejected' | undefined = undefined;
  /** The messages that were sent, in order. */
  readonly sent: (readonly CircuitMessage[])[] = [];
  readonly #network: Network;
  readonly #process: NodeClock;

  constructor(network: Network, process: NodeClock) {
    this.#network = network;
    this.#process = process;
  }

  exchange(
    messages: readonly CircuitMessage[],
  ): Promise<readonly (CircuitReply | UnchangedReply)[]> {
    this.sent.push(messages);
    const wire = structuredClone(messages);
    return this.#request(() => this.#network.server.exchange(wire));
  }

  view(): Promise<readonly CircuitView[]> {
    return this.#request(() => this.#network.server.views());
  }

  async subscribe(listener: (change: Notice) => void): Promise<() => Promise<void>> {
    const { listeners } = this.#network.server;
    const hear = (change: Notice): void => {
      const copies = this.#network.chance(this.#network.weather.doubled) ? 2 : 1;
      for (let i = 0; i < copies; i++) this.#tell(listener, change);
    };
    await this.#request(() => {
      listeners.add(hear);
    });
    return () =>
      this.#request(() => {
        listeners.delete(hear);
      });
  }

  #tell(listener: (change: Notice) => void, change: Notice): void {
    if (this.cut !== undefined || this.#network.chance(this.#network.weather.noticesLost)) return;
    this.#network.carry(() => {
      this.#process.run(() => {
        if (this.cut === undefined) listener(structuredClone(change));
      });
    });
  }

  #request<T>(serve: () => T): Promise<T> {
    const network = this.#network;
    const { weather } = network;
    return new Promise((resolve, reject) => {
      const fail = (): void => {
        network.carry(() => {
          this.#process.run(() => {
            reject(new Error('connection lost'));
          });
        });
      };
      const arrive = (): void => {
        if (this.cut !== undefined) return;
        const answer = serve();
        const copy = structuredClone(answer);
        if (network.chance(weather.lost / 2)) return;
        if (network.chance(weather.rejected / 2)) {
          fail();
          return;
        }
        network.carry(() => {
          this.#process.run(() => {
            if (this.cut === undefined) resolve(copy);
          });
        });
      };
      if (this.cut === 'rejected' || network.chance(weather.rejected / 2)) fail();
      else if (this.cut === undefined && !network.chance(weather.lost / 2)) {
        network.carry(arrive);
        if (network.chance(weather.doubled)) network.carry(arrive);
      }
    });
  }
}
