import type { AdaptiveLimiterPolicy } from '../../policies/adaptive-limiter/index.ts';
import type { AdaptiveThrottlerPolicy } from '../../policies/adaptive-throttler/index.ts';
import type { BulkheadPolicy } from '../../policies/bulkhead/index.ts';
import type { CachePolicy } from '../../policies/cache/index.ts';
import type { CircuitBreakerPolicy } from '../../policies/circuit-breaker/index.ts';
import type { FallbackPolicy } from '../../policies/fallback/index.ts';
import type { HedgePolicy } from '../../policies/hedge/index.ts';
import { inspector, inspectKey } from '../../support/inspect.ts';
import { invalid } from '../../support/options.ts';
import { quietly } from '../../support/quietly.ts';
import { warn } from '../../support/warn.ts';
import type { RateLimiterPolicy } from '../../policies/rate-limiter/index.ts';
import type { RetryPolicy } from '../../policies/retry/index.ts';
import type { TimeoutPolicy } from '../../policies/timeout/index.ts';
import { ForgettingOrder } from './forgetting-order.ts';
import { KeptPolicy } from './kept-policy.ts';
import { kindNames } from './kinds.ts';
import type { Kind, Policies } from './kinds.ts';
import { overflowName, readRegistryOptions } from './options.ts';
import type { PolicyRegistryOptions, RegistryRules } from './options.ts';
import type { Section } from './sections.ts';

/**
 * Creates policies by name and keeps them: the same name returns the same policy, with its state. Names may come
 * from outside, such as a host or a tenant: the registry never keeps more than `maxPolicies`.
 *
 * To make room, it forgets the least recently used policy that is idle and, if it is a circuit breaker, CLOSED. If
 * there is none, it forgets a circuit without running calls that is HALF_OPEN, or OPEN with its cooldown over. If
 * nothing can be forgotten, the new policy is returned but not kept, or shared: see the option `overflow`.
 *
 * Everything takes constant time, amortized. So a registry does not look at all policies for each new name: it looks
 * again at those that were in use, some at a time.
 *
 * @example
 * const registry = new PolicyRegistry({ circuitBreaker: { cooldown: '10s' } });
 * const breaker = registry.circuitBreaker('host:' + new URL(url).host);
 */
export class PolicyRegistry {
  #rules: RegistryRules;
  #size = 0;
  #warned = false;
  readonly #order = new ForgettingOrder<KeptPolicy>();
  readonly #kept = new Map<Kind, Map<string, KeptPolicy>>(
    kindNames.map((kind) => [kind, new Map<string, KeptPolicy>()]),
  );
  /** The policies that names share for which there is no room. */
  readonly #shared = new Map<Kind, KeptPolicy>();

  /** Throws a `TypeError` or `RangeError` if a section is unknown or its options are invalid. */
  constructor(options: PolicyRegistryOptions = {}) {
    this.#rules = readRegistryOptions(options);
  }

  static {
    Object.defineProperty(this.prototype, inspectKey, {
      value: inspector(
        () => 'PolicyRegistry',
        (registry: PolicyRegistry) => registry.toJSON(),
      ),
    });
  }

  /** The registry as plain data for logs: its size and limit, and the names of each kind. */
  toJSON(): { size: number; maxPolicies: number; policies: Record<string, string[]> } {
    const kept = [...this.#kept].filter(([, names]) => names.size > 0);
    const policies = Object.fromEntries(kept.map(([kind, names]) => [kind, [...names.keys()]]));
    return { size: this.#size, maxPolicies: this.#rules.maxPolicies, policies };
  }

  /** The number of policies that are kept. */
  get size(): number {
    return this.#size;
  }

  /**
   * The policies of a kind by name, as a new map, including the shared one if there is one. It does not count as asking
   * for them: they may be forgotten as before, and are not created again after a `reload`.
   */
  policies<K extends Kind>(kind: K): Map<string, Policies[K]> {
    const kept = this.#kept.get(kind) ?? invalid('kind', kind, `one of ${kindNames.join(', ')}`);
    const found = [...kept.values()];
    const shared = this.#shared.get(kind);
    if (shared !== undefined) found.push(shared);
    return new Map(found.map(({ name, policy }) => [name, policy as Policies[K]]));
  }

  circuitBreaker(name: string): CircuitBreakerPolicy {
    return this.#policy('circuitBreaker', name);
  }

  retry(name: string): RetryPolicy {
    return this.#policy('retry', name);
  }

  timeout(name: string): TimeoutPolicy {
    return this.#policy('timeout', name);
  }

  bulkhead(name: string): BulkheadPolicy {
    return this.#policy('bulkhead', name);
  }

  rateLimiter(name: string): RateLimiterPolicy {
    return this.#policy('rateLimiter', name);
  }

  fallback(name: string): FallbackPolicy {
    return this.#policy('fallback', name);
  }

  hedge(name: string): HedgePolicy {
    return this.#policy('hedge', name);
  }

  cache(name: string): CachePolicy {
    return this.#policy('cache', name);
  }

  adaptiveLimiter(name: string): AdaptiveLimiterPolicy {
    return this.#policy('adaptiveLimiter', name);
  }

  adaptiveThrottler(name: string): AdaptiveThrottlerPolicy {
    return this.#policy('adaptiveThrottler', name);
  }

  /**
   * Replaces the whole configuration: omitted options get their defaults, except `clock` and `onWarning`. If an option
   * is invalid, throws and changes nothing.
   *
   * Policies whose section has changed are created again when you next ask for them. A circuit keeps its state and
   * its window; an isolated one is replaced only after the isolation.
   */
  reload(options: PolicyRegistryOptions): void {
    this.#rules = readRegistryOptions(options, this.#rules);
    if (this.#rules.overflow === undefined) this.#shared.clear();
    const surplus = this.#size - this.#rules.maxPolicies;
    if (surplus <= 0) return;
    for (const kept of this.#order.byPreference().slice(0, surplus)) this.#forget(kept);
  }

  #policy<K extends Kind>(kind: K, name: string): Policies[K] {
    return this.#keptPolicy(kind, name).policy as Policies[K];
  }

  #keptPolicy(kind: Kind, name: string): KeptPolicy {
    const section = this.#rules.sections[kind];
    const names = this.#kept.get(kind)!;
    const kept = names.get(name);
    if (kept !== undefined) {
      this.#order.use(kept);
      return this.#renewed(kept, section);
    }
    if (typeof name !== 'string') invalid('name', name, 'a string');
    const shares = this.#rules.overflow === 'shared';
    if (shares && (name === overflowName || !this.#mayMakeRoom())) {
      return this.#sharedPolicy(kind, name);
    }
    const made = new KeptPolicy(kind, name, section);
    // Only now, because options that are invalid for this name must not cost another its policy.
    if (!this.#makeRoom()) {
      if (shares) return this.#sharedPolicy(kind, name);
      this.#warnOf(kind, name, 'are not kept');
      return made;
    }
    this.#order.add(made);
    names.set(name, made);
    this.#size++;
    return made;
  }

  /** The policy that the names of a kind share for which there is no room. */
  #sharedPolicy(kind: Kind, name: string): KeptPolicy {
    const section = this.#rules.sections[kind];
    if (name !== overflowName) this.#warnOf(kind, name, `share one policy, ${overflowName}`);
    const kept = this.#shared.get(kind);
    if (kept !== undefined) return this.#renewed(kept, section);
    const made = new KeptPolicy(kind, overflowName, section);
    this.#shared.set(kind, made);
    return made;
  }

  /** Makes a policy again if its section has changed. */
  #renewed(kept: KeptPolicy, section: Section): KeptPolicy {
    // A section may be invalid for this name only, which then keeps its old policy.
    if (kept.section !== section) quietly(() => kept.renew(section));
    return kept;
  }

  #mayMakeRoom(): boolean {
    return this.#size < this.#rules.maxPolicies || this.#order.expendable() !== undefined;
  }

  /** Makes room for a policy, if necessary and possible; returns whether there is room. */
  #makeRoom(): boolean {
    if (this.#size < this.#rules.maxPolicies) return true;
    const expendable = this.#order.expendable();
    if (expendable !== undefined) this.#forget(expendable);
    return expendable !== undefined;
  }

  /** Warns once that the registry is full, and says what becomes of new names. */
  #warnOf(kind: Kind, name: string, what: string): void {
    if (this.#warned) return;
    this.#warned = true;
    const { maxPolicies, onWarning } = this.#rules;
    const message =
      `PolicyRegistry: all ${String(maxPolicies)} policies are in use, so ${kind} ` +
      `${JSON.stringify(name)} and further ones ${what}; raise maxPolicies`;
    quietly(warn, 'HIGHWAY_REGISTRY_FULL' as const, message, onWarning);
  }

  #forget(kept: KeptPolicy): void {
    this.#order.remove(kept);
    this.#kept.get(kept.kind)!.delete(kept.name);
    this.#size--;
  }
}
