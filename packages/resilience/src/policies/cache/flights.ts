/** An execution, as this list knows it. */
interface Listed<Item> {
  readonly key: unknown;
  /** What else runs for the key; `undefined` once it is out of sight. */
  traffic: Traffic<Item> | undefined;
}

/** What is under way for one key. */
export interface Traffic<Item> {
  /** How many executions. */
  flights: number;
  /** The one that further calls may join. */
  joinable: Item | undefined;
}

/**
 * The executions that are under way, by key. To forget a key is to lose sight of those that run for
 * it: nobody joins them any more, and their results are not kept, since they may be older than what
 * made the cache forget.
 */
export class Flights<Item extends Listed<Item>> {
  readonly #traffic = new Map<unknown, Traffic<Item>>();

  /** For how many keys something is under way. */
  get size(): number {
    return this.#traffic.size;
  }

  /** The execution that a call with this key may join. */
  joinable(key: unknown): Item | undefined {
    return this.#traffic.get(key)?.joinable;
  }

  add(flight: Item, joinable: boolean): void {
    let traffic = this.#traffic.get(flight.key);
    if (traffic === undefined) {
      traffic = { flights: 0, joinable: undefined };
      this.#traffic.set(flight.key, traffic);
    }
    traffic.flights++;
    if (joinable) traffic.joinable = flight;
    flight.traffic = traffic;
  }

  /** Takes an execution out; true where its result may be kept. Again, it is false. */
  remove(flight: Item): boolean {
    const { key, traffic } = flight;
    flight.traffic = undefined;
    if (traffic === undefined || this.#traffic.get(key) !== traffic) return false;
    traffic.flights--;
    traffic.joinable = undefined;
    if (traffic.flights === 0) this.#traffic.delete(key);
    return true;
  }

  forget(key: unknown): void {
    this.#traffic.delete(key);
  }

  clear(): void {
    this.#traffic.clear();
  }
}
