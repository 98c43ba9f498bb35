import type { CircuitBreakerPolicy, Clock } from '@highway/resilience';

/** Options of a scripted service. */
export interface ServiceOptions {
  readonly clock: Clock;
  /** How long a call takes, in ms. */
  readonly takesMs?: number;
  /** How many concurrent calls it can serve. */
  readonly capacity?: number;
  /** When it is down, in ms on the clock. */
  readonly down?: readonly [from: number, to: number];
  /** The circuit breaker in front of it, to observe its state. */
  readonly breaker?: CircuitBreakerPolicy;
}

/** A service in virtual time that counts its calls. */
export class Service {
  calls = 0;
  whileDown = 0;
  overloads = 0;
  mostAtOnce = 0;
  /** The highest number of concurrent calls that began while the circuit was half-open. */
  mostTrials = 0;
  readonly callsByKey = new Map<string, number>();
  readonly #options: ServiceOptions;
  #active = 0;
  #trials = 0;

  constructor(options: ServiceOptions) {
    this.#options = options;
  }

  get isDown(): boolean {
    const [from, to] = this.#options.down ?? [Infinity, Infinity];
    const now = this.#options.clock.now();
    return now >= from && now < to;
  }

  async call<T>(key: string, value: T): Promise<T> {
    const { capacity = Infinity, takesMs = 20, breaker, clock } = this.#options;
    this.calls += 1;
    this.callsByKey.set(key, (this.callsByKey.get(key) ?? 0) + 1);
    const isTrial = breaker?.state === 'HALF_OPEN';
    this.#active += 1;
    if (isTrial) this.#trials += 1;
    this.mostTrials = Math.max(this.mostTrials, this.#trials);
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#active);
    try {
      if (this.isDown) {
        this.whileDown += 1;
        throw Object.assign(new Error('down'), { code: 'DOWN' });
      }
      if (this.#active > capacity) {
        this.overloads += 1;
        throw Object.assign(new Error('overload'), { code: 'OVERLOAD' });
      }
      await new Promise<void>((resolve) => void clock.setTimeout(resolve, takesMs));
      return value;
    } finally {
      this.#active -= 1;
      if (isTrial) this.#trials -= 1;
    }
  }
}
