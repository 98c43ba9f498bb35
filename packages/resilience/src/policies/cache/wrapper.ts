import type { Channel } from '../../events.ts';
import type { Call } from '../../pipeline/call.ts';
import type { Scope } from '../../pipeline/scope.ts';
import type { Plan, Wrapper } from '../../pipeline/stage.ts';
import { discard } from '../../support/dispose.ts';
import { isThenable } from '../../support/foreign.ts';
import { invalid, invalidResult } from '../../support/options.ts';
import { rejectSoon } from '../../support/reject-soon.ts';
import { isSyncMisuse } from '../../support/sync-misuse.ts';
import { Flight } from './flight.ts';
import { FlightIndex } from './flight-index.ts';
import type { CacheRules } from './options.ts';
import { Store } from './store.ts';
import type { CachedValue } from './store.ts';

// Another promise is another key, so the value of a promise would never be found again.
const keyKinds = 'a key, such as a string, not a promise';

/** What all plans of a cache share: its values and running flights. */
export class CacheWrapper implements Wrapper {
  readonly kind = 'wrapper';
  readonly rules: CacheRules;
  readonly channel: Channel;
  readonly store: Store;
  readonly flights: FlightIndex<Flight>;

  constructor(rules: CacheRules, channel: Channel) {
    this.rules = rules;
    this.channel = channel;
    this.store = new Store(rules.maxEntries, rules);
    this.flights = new FlightIndex();
  }

  around(inner: Plan): Plan {
    return new CachePlan(this, inner);
  }
}

/** Returns a stored value, joins a running flight with the same key, or runs the call. */
class CachePlan implements Plan {
  readonly #cache: CacheWrapper;
  readonly #inner: Plan;

  constructor(cache: CacheWrapper, inner: Plan) {
    this.#cache = cache;
    this.#inner = inner;
  }

  run(call: Call, scope: Scope | undefined, attempt: number): Promise<unknown> {
    if (scope?.aborted === true) return rejectSoon(scope.reason);
    let key: unknown;
    try {
      key = this.#keyOf(call);
    } catch (error) {
      return rejectSoon(error);
    }
    if (key === undefined) {
      return scope === undefined
        ? this.#inner.run(call, scope, attempt)
        : this.#start(call, this.#newFlight(key, attempt), scope);
    }
    const hit = this.#fresh(key, call);
    if (hit !== undefined) return Promise.resolve(hit.value);
    return this.#join(key, scope, call) ?? this.#start(call, this.#newFlight(key, attempt), scope);
  }

  runSync(call: Call, attempt: number): unknown {
    const key = this.#keyOf(call);
    if (key === undefined) return this.#inner.runSync(call, attempt);
    const hit = this.#fresh(key, call);
    if (hit !== undefined) return hit.value;
    const { store, channel } = this.#cache;
    const flight = this.#newFlight(key, attempt);
    let value: unknown;
    try {
      value = this.#inner.runSync(call, attempt);
    } catch (error) {
      if (isSyncMisuse(error)) throw error;
      this.#report(flight, true, error, call);
      const stale = this.#stale(key);
      if (stale === undefined) throw error;
      this.#emitHit(key, true, call);
      return stale.value;
    }
    store.put(key, value, channel.clock.now());
    this.#report(flight, false, value, call);
    return value;
  }

  #keyOf({ args, self, key }: Call): unknown {
    if (args === undefined) {
      return isThenable(key) ? invalid('key', key, keyKinds) : key;
    }
    const { key: keyFor } = this.#cache.rules;
    if (keyFor === undefined) return undefined;
    const made: unknown = Reflect.apply(keyFor, self, args);
    return isThenable(made) ? invalidResult('key', made, keyKinds) : made;
  }

  #fresh(key: unknown, call: Call): CachedValue | undefined {
    const { store, channel } = this.#cache;
    const cached = store.fresh(key, channel.clock.now());
    if (cached !== undefined) this.#emitHit(key, false, call);
    return cached;
  }

  #stale(key: unknown): CachedValue | undefined {
    const { store, channel, rules } = this.#cache;
    return rules.staleIfError > 0 ? store.stale(key, channel.clock.now()) : undefined;
  }

  #join(key: unknown, scope: Scope | undefined, call: Call): Promise<unknown> | undefined {
    const { flights, channel } = this.#cache;
    const joined = flights.joinable(key)?.join(scope, this.#onError(key, call));
    if (joined !== undefined && channel.active) channel.emit('coalesced', { key }, call);
    return joined;
  }

  #newFlight(key: unknown, attempt: number): Flight {
    const { channel, flights } = this.#cache;
    const startedAt = channel.active ? channel.clock.now() : Number.NaN;
    return new Flight(flights, key, attempt, startedAt);
  }

  #start(call: Call, flight: Flight, scope: Scope | undefined): Promise<unknown> {
    const { flights, rules } = this.#cache;
    if (flight.key !== undefined) flights.add(flight, rules.coalesce);
    const answer = flight.join(scope, this.#onError(flight.key, call));
    void this.#inner.run(call, flight, flight.attempt).then(
      (value) => {
        this.#ended(flight, false, value, call);
      },
      (error: unknown) => {
        this.#ended(flight, true, error, call);
      },
    );
    return answer;
  }

  #ended(flight: Flight, failed: boolean, result: unknown, call: Call): void {
    const { flights, store, channel } = this.#cache;
    // Removed before its callers continue: a caller that tries again must not join it.
    const keep = flights.remove(flight);
    if (flight.callers === 0) {
      discard(result, failed);
      return;
    }
    if (keep && !failed) store.put(flight.key, result, channel.clock.now());
    flight.settle(failed, result);
    this.#report(flight, failed, result, call);
  }

  /** Returns a function that replaces an error by a stale value, if the options allow that. */
  #onError(key: unknown, call: Call): ((error: unknown) => unknown) | undefined {
    if (key === undefined || this.#cache.rules.staleIfError <= 0) return undefined;
    return (error) => {
      const stale = this.#stale(key);
      if (stale === undefined) throw error;
      this.#emitHit(key, true, call);
      return stale.value;
    };
  }

  #emitHit(key: unknown, stale: boolean, call: Call): void {
    const { channel } = this.#cache;
    if (channel.active) channel.emit('cacheHit', { key, stale }, call);
  }

  #report({ attempt, startedAt }: Flight, failed: boolean, result: unknown, call: Call): void {
    this.#cache.channel.ended(attempt, startedAt, failed ? { error: result } : undefined, call);
  }
}
