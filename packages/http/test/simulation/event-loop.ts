import type { Clock } from '@highway/resilience';

/** What a turn, a new connection and a request that is read take, in ms. */
const turnMs = 0.02;
const acceptMs = 0.1;
const readMs = 0.12;
/** More connections than this do not wait to be accepted. */
const backlog = 511;

interface Timer {
  readonly at: number;
  readonly fn: () => void;
  readonly order: number;
  cleared: boolean;
}

/** Something that arrives at the server. */
export interface Arriving {
  readonly at: number;
}

/**
 * An event loop in virtual time, with the phases of Node's: timers, then what has arrived, then immediates. Of new
 * connections, it accepts one a turn, and reads its request in the next.
 */
export class EventLoop<Request extends Arriving> {
  readonly clock: Clock;
  #now = 0;
  #order = 0;
  #timers: Timer[] = [];
  #immediates: (() => void)[] = [];

  constructor() {
    this.clock = {
      now: () => this.#now,
      setTimeout: (fn, ms) => {
        const at = this.#now + Math.max(1, ms);
        const timer: Timer = { at, fn, order: this.#order++, cleared: false };
        this.#timers.push(timer);
        return timer;
      },
      clearTimeout: (timer) => {
        (timer as Timer).cleared = true;
      },
    };
  }

  get now(): number {
    return this.#now;
  }

  /** Keeps the loop busy. */
  spend(ms: number): void {
    this.#now += ms;
  }

  setImmediate(fn: () => void): void {
    this.#immediates.push(fn);
  }

  /** Runs until nothing is left to do. `arriving` has the requests by time; `fresh` ones need new connections. */
  run(arriving: readonly Request[], fresh: boolean, read: (request: Request) => void): void {
    let next = 0;
    const waiting: Request[] = [];
    let accepted: Request[] = [];
    for (;;) {
      this.spend(turnMs);
      this.#runTimers();
      const ready = accepted;
      accepted = [];
      for (let each = arriving[next]; each !== undefined && each.at <= this.#now;) {
        if (!fresh) ready.push(each);
        else if (waiting.length < backlog) waiting.push(each);
        each = arriving[++next];
      }
      if (ready.length + waiting.length + this.#immediates.length === 0) {
        const at = Math.min(arriving[next]?.at ?? Infinity, this.#nextTimer()?.at ?? Infinity);
        if (at === Infinity || (next === arriving.length && this.#onlySampling())) return;
        this.#now = Math.max(this.#now, at);
        continue;
      }
      const connection = waiting.shift();
      if (connection !== undefined) {
        this.spend(acceptMs);
        accepted.push(connection);
      }
      for (const request of ready) {
        this.spend(readMs);
        read(request);
      }
      for (const fn of this.#immediates.splice(0)) fn();
    }
  }

  #nextTimer(): Timer | undefined {
    this.#timers = this.#timers.filter(({ cleared }) => !cleared);
    this.#timers.sort((a, b) => a.at - b.at || a.order - b.order);
    return this.#timers[0];
  }

  /** One timer is left: that which samples the delay of the loop. */
  #onlySampling(): boolean {
    return this.#timers.length <= 1;
  }

  #runTimers(): void {
    for (let timer = this.#nextTimer(); timer !== undefined && timer.at <= this.#now;) {
      this.#timers.shift();
      timer.fn();
      timer = this.#nextTimer();
    }
  }
}
