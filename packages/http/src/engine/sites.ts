import { CircuitState, Failsafe, PolicyRegistry } from '@highway/resilience';
import type { CircuitBreakerPolicy, Clock, Policy } from '@highway/resilience';
import { newTally } from './counters.ts';
import type { Tally } from './counters.ts';
import type { BreakerSection } from './options.ts';

/** What all attempts with the same key share: their circuit, the policies around an attempt, and their numbers. */
export interface Site {
  readonly key: string;
  readonly breaker: CircuitBreakerPolicy | undefined;
  /** What an attempt passes. */
  readonly guard: Policy;
  readonly tally: Tally;
}

/** The name and the key of the circuit that keys share for which there is no room. */
const overflowName = '(overflow)';

/** Options of `Sites`. */
export interface SitesOptions {
  readonly name: string | undefined;
  readonly clock: Clock;
  readonly maxKeys: number;
  /** The options of circuits; `undefined` for none. */
  readonly breaker: BreakerSection | undefined;
  /** What an attempt passes before and after the circuit. */
  readonly outside: readonly Policy[];
  readonly inside: readonly Policy[];
}

/** Sites by key: never more than `maxKeys`, because keys may come from outside. */
export class Sites {
  readonly #options: SitesOptions;
  readonly #registry: PolicyRegistry;
  readonly #byBreaker = new WeakMap<CircuitBreakerPolicy, Site>();
  /** If there are no circuits: the sites, the least recently used first. */
  readonly #byKey = new Map<string, Site>();

  constructor(options: SitesOptions) {
    this.#options = options;
    const { breaker, maxKeys, clock } = options;
    this.#registry = new PolicyRegistry({
      maxPolicies: maxKeys,
      // So that keys chosen by an attacker cannot push an open circuit out.
      overflow: 'shared',
      clock,
      onWarning: () => {
        // That circuits are shared is seen in `circuits()`.
      },
      ...(breaker !== undefined && { circuitBreaker: breaker }),
    });
  }

  /** The site of a key; the same one as long as it is kept. */
  of(key: string): Site {
    return this.#options.breaker === undefined ? this.#plain(key) : this.#guarded(key);
  }

  /** All sites that are kept. */
  all(): Site[] {
    if (this.#options.breaker === undefined) return [...this.#byKey.values()];
    const breakers = [...this.#registry.policies('circuitBreaker').values()];
    return breakers.flatMap((breaker) => this.#byBreaker.get(breaker) ?? []);
  }

  #guarded(key: string): Site {
    const breaker = this.#registry.circuitBreaker(this.#nameOf(key));
    let site = this.#byBreaker.get(breaker);
    if (site === undefined) {
      site = this.#make(breaker.name === overflowName ? overflowName : key, breaker);
      this.#byBreaker.set(breaker, site);
    }
    return site;
  }

  #plain(key: string): Site {
    const sites = this.#byKey;
    const known = sites.get(key);
    if (known !== undefined) sites.delete(key);
    const site = known ?? this.#make(key, undefined);
    sites.set(key, site);
    const [oldest] = sites.keys();
    if (sites.size > this.#options.maxKeys && oldest !== undefined) sites.delete(oldest);
    return site;
  }

  #make(key: string, breaker: CircuitBreakerPolicy | undefined): Site {
    const { outside, inside, clock } = this.#options;
    const policies = [...outside, ...(breaker === undefined ? [] : [breaker]), ...inside];
    return { key, breaker, guard: new Failsafe({ policies, clock }), tally: newTally() };
  }

  #nameOf(key: string): string {
    const { name } = this.#options;
    return name === undefined ? key : `${name} ${key}`;
  }
}

/** A circuit for display. */
export interface CircuitInfo {
  /** The origin, or what `breaker.per` returned. */
  readonly key: string;
  readonly state: CircuitState;
  /** How many ms until attempts are admitted; 0 if they are now. Above 0 while CLOSED: the server asked for a pause. */
  readonly retryAfter: number;
}

/** What is seen of a site. */
export function circuitInfo(
  { key, breaker }: Pick<Site, 'key' | 'breaker'>,
  pausedMs: number,
): CircuitInfo {
  const state = breaker?.state ?? CircuitState.CLOSED;
  return { key, state, retryAfter: Math.max(breaker?.retryAfter ?? 0, pausedMs) };
}
