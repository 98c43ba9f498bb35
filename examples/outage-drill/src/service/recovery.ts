/** The parameters of a recovering service. */
export interface RecoveryRules {
  /** When the outage ended, in ms. */
  readonly since: number;
  /** The usual load, in requests per second. */
  readonly rate: number;
  /** How long it takes to warm up without overload. */
  readonly warmUpMs: number;
  /** How long it answers only 503 after an overload. */
  readonly relapseMs: number;
  /** The length of the window for measuring load, in requests at the usual load. */
  readonly windowCalls: number;
}

/** How a recovering service handles a request. */
export interface Bearing {
  readonly overloaded: boolean;
  /** The load as a share of its capacity now. */
  readonly load: number;
}

/** Its capacity as a multiple of the usual load: right after the outage, and warmed up. */
const coldCapacity = 0.35;
const warmCapacity = 2;

/**
 * A service that comes back cold: at first it can take only a part of the usual load, and more as it
 * warms up. Overload makes it relapse for a while, in which it does not warm up. It stays down as long as
 * the load is still too high at the end of a relapse.
 */
export class Recovery {
  readonly #rules: RecoveryRules;
  readonly #windowMs: number;
  readonly #arrivals: number[] = [];
  #warmth = 0;
  #warmedAt: number;
  #downUntil = -Infinity;
  #relapses = 0;

  constructor(rules: RecoveryRules) {
    this.#rules = rules;
    this.#windowMs = (rules.windowCalls / rules.rate) * 1000;
    this.#warmedAt = rules.since;
  }

  /** How often it was overloaded. */
  get relapses(): number {
    return this.#relapses;
  }

  /** Handles a request; times must not go back. */
  take(now: number): Bearing {
    const arrivals = this.#arrivals;
    arrivals.push(now);
    while (arrivals[0]! <= now - this.#windowMs) arrivals.shift();
    if (now < this.#downUntil) return { overloaded: true, load: 1 };
    const load = arrivals.length / this.#rules.windowCalls / this.#capacity(now);
    if (load <= 1) return { overloaded: false, load };
    this.#relapses++;
    this.#downUntil = now + this.#rules.relapseMs;
    return { overloaded: true, load };
  }

  #capacity(now: number): number {
    const since = Math.max(this.#warmedAt, this.#downUntil);
    this.#warmth = Math.min(1, this.#warmth + Math.max(0, now - since) / this.#rules.warmUpMs);
    this.#warmedAt = now;
    return coldCapacity + (warmCapacity - coldCapacity) * this.#warmth;
  }
}
