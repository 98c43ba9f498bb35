import type { Random } from '../../src/seams/random.ts';
import type { VirtualTime } from './virtual-time.ts';

/** How long a call takes a server, as a multiple of the mean. */
export type Spread = (random: Random) => number;

/** Distributions of service times, from none to one in which few calls take most of the time. */
export const spreads = {
  constant: (): number => 1,
  uniform: (random: Random): number => 0.5 + random(),
  exponential: (random: Random): number => -Math.log(1 - random()),
  lognormal: (random: Random): number => Math.exp(normal(random) - 0.5),
} satisfies Record<string, Spread>;

/** A normally distributed number, by the method of Box and Muller. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** A service with a number of servers, and a queue without an end before them. */
export class Service {
  servers: number;
  meanMs: number;
  readonly #time: VirtualTime;
  readonly #random: Random;
  readonly #spread: Spread;
  #busy = 0;
  #queue: (() => void)[] = [];
  /** Where the queue begins: shifting a long array would cost its length. */
  #head = 0;

  constructor(time: VirtualTime, random: Random, shape: Readonly<ServiceShape>) {
    this.servers = shape.servers;
    this.meanMs = shape.meanMs;
    this.#time = time;
    this.#random = random;
    this.#spread = spreads[shape.spread];
  }

  /** Serves a call, at once or when a server is free. */
  call(served: () => void): void {
    if (this.#busy < this.servers) this.#serve(served);
    else this.#queue.push(served);
  }

  #serve(served: () => void): void {
    this.#busy++;
    this.#time.after(this.meanMs * this.#spread(this.#random), () => {
      this.#busy--;
      served();
      while (this.#busy < this.servers && this.#head < this.#queue.length) this.#serveNext();
    });
  }

  #serveNext(): void {
    this.#serve(this.#queue[this.#head++]!);
    if (this.#head < 10_000) return;
    this.#queue = this.#queue.slice(this.#head);
    this.#head = 0;
  }
}

/** What a service is like at first. */
export interface ServiceShape {
  readonly servers: number;
  /** What a call takes a server on average. */
  readonly meanMs: number;
  readonly spread: keyof typeof spreads;
}
