/** One thing that is done to a cache; times pass between them. */
export type CacheStep =
  | { readonly do: 'call'; readonly key: number }
  | { readonly do: 'settle'; readonly flight: number; readonly fails: boolean }
  | { readonly do: 'abort'; readonly call: number }
  | { readonly do: 'delete'; readonly key: number }
  | { readonly do: 'clear' }
  | { readonly do: 'wait'; readonly ms: number };

export interface CacheModelRules {
  readonly ttl: number;
  readonly staleIfError: number;
  readonly maxEntries: number;
  readonly coalesce: boolean;
}

/** What became of a call: it waits, was answered, failed, or aborted. */
export type Fate = 'waits' | 'aborted' | `value ${number}` | `error ${number}`;

interface ModelFlight {
  readonly key: number;
  readonly calls: number[];
  settled: boolean;
  aborted: boolean;
  /** Something was forgotten since it began. */
  outdated: boolean;
}

interface ModelEntry {
  readonly key: number;
  readonly value: Fate;
  readonly storedAt: number;
}

/** A cache as one would write it down: a list in the order of use, searched from end to end. */
export class CacheModel {
  /** What became of each call. */
  readonly fates: Fate[] = [];
  readonly flights: ModelFlight[] = [];
  #now = 0;
  #entries: ModelEntry[] = [];
  readonly #rules: CacheModelRules;

  constructor(rules: CacheModelRules) {
    this.#rules = rules;
  }

  get size(): number {
    return this.#entries.length;
  }

  step(step: CacheStep): void {
    switch (step.do) {
      case 'call':
        this.#call(step.key);
        break;
      case 'settle':
        this.#settle(step.flight, step.fails);
        break;
      case 'abort':
        this.#abort(step.call);
        break;
      case 'delete':
        this.#forget((key) => key === step.key);
        break;
      case 'clear':
        this.#forget(() => true);
        break;
      case 'wait':
        this.#now += step.ms;
    }
  }

  #call(key: number): void {
    const call = this.fates.length;
    const entry = this.#find(key);
    if (entry !== undefined && this.#now < entry.storedAt + this.#rules.ttl) {
      this.#use(entry);
      this.fates.push(entry.value);
      return;
    }
    this.fates.push('waits');
    const joined = this.flights.find(
      (flight) => flight.key === key && !flight.settled && !flight.aborted && !flight.outdated,
    );
    if (joined !== undefined && this.#rules.coalesce) joined.calls.push(call);
    else this.flights.push({ key, calls: [call], settled: false, aborted: false, outdated: false });
  }

  #settle(index: number, fails: boolean): void {
    const flight = this.flights[index];
    if (flight === undefined || flight.settled) return;
    flight.settled = true;
    if (flight.aborted) return;
    let fate: Fate = fails ? `error ${index}` : `value ${index}`;
    if (!fails && !flight.outdated) this.#store(flight.key, fate);
    if (fails && this.#rules.staleIfError > 0) {
      const entry = this.#find(flight.key);
      if (entry !== undefined) {
        this.#use(entry);
        fate = entry.value;
      }
    }
    for (const call of flight.calls) if (this.fates[call] === 'waits') this.fates[call] = fate;
  }

  #abort(call: number): void {
    if (this.fates[call] !== 'waits') return;
    this.fates[call] = 'aborted';
    const flight = this.flights.find(({ calls }) => calls.includes(call))!;
    flight.aborted = flight.calls.every((each) => this.fates[each] === 'aborted');
  }

  #forget(which: (key: number) => boolean): void {
    this.#entries = this.#entries.filter(({ key }) => !which(key));
    for (const flight of this.flights) if (which(flight.key)) flight.outdated = true;
  }

  #find(key: number): ModelEntry | undefined {
    const { ttl, staleIfError } = this.#rules;
    this.#entries = this.#entries.filter(
      (entry) => entry.key !== key || this.#now < entry.storedAt + ttl + staleIfError,
    );
    return this.#entries.find((entry) => entry.key === key);
  }

  #use(entry: ModelEntry): void {
    this.#entries = [...this.#entries.filter((other) => other !== entry), entry];
  }

  #store(key: number, value: Fate): void {
    const { ttl, staleIfError, maxEntries } = this.#rules;
    if (ttl + staleIfError === 0) return;
    const others = this.#entries.filter((entry) => entry.key !== key);
    this.#entries = [...others, { key, value, storedAt: this.#now }].slice(-maxEntries);
  }
}
