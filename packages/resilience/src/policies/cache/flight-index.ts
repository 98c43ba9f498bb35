/** A flight, as the index sees it. */
interface Indexed<Item> {
  readonly key: unknown;
  /** The flights of its key; `undefined` once it was removed. */
  group: FlightGroup<Item> | undefined;
}

/** The running flights of one key. */
export interface FlightGroup<Item> {
  /** How many there are. */
  flights: number;
  /** The one that further calls can join. */
  joinable: Item | undefined;
}

/**
 * The running flights by key. After a key was forgotten, nobody joins its running flights any more, and their
 * results are not stored, because they may be older than the reason to forget the key.
 */
export class FlightIndex<Item extends Indexed<Item>> {
  readonly #groups = new Map<unknown, FlightGroup<Item>>();

  /** The number of keys with running flights. */
  get size(): number {
    return this.#groups.size;
  }

  /** The flight that a call with this key can join. */
  joinable(key: unknown): Item | undefined {
    return this.#groups.get(key)?.joinable;
  }

  add(flight: Item, joinable: boolean): void {
    let group = this.#groups.get(flight.key);
    if (group === undefined) {
      group = { flights: 0, joinable: undefined };
      this.#groups.set(flight.key, group);
    }
    group.flights++;
    if (joinable) group.joinable = flight;
    flight.group = group;
  }

  /** Removes a flight. Returns whether its result may be stored; false if it was removed before. */
  remove(flight: Item): boolean {
    const { key, group } = flight;
    flight.group = undefined;
    if (group === undefined || this.#groups.get(key) !== group) return false;
    group.flights--;
    group.joinable = undefined;
    if (group.flights === 0) this.#groups.delete(key);
    return true;
  }

  forget(key: unknown): void {
    this.#groups.delete(key);
  }

  clear(): void {
    this.#groups.clear();
  }
}
