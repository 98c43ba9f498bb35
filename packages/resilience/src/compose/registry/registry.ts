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
import { UsageOrder } from '../../support/usage-order.ts';
import { warn } from '../../support/warn.ts';
import type { RateLimiterPolicy } from '../../policies/rate-limiter/index.ts';
import type { RetryPolicy } from '../../policies/retry/index.ts';
import type { TimeoutPolicy } from '../../policies/timeout/index.ts';
import { KeptPolicy } from './kept-policy.ts';
import { kindNames } from './kinds.ts';
import type { Kind, Policies } from './kinds.ts';
import { readRegistryOptions } from './options.ts';
import type { PolicyRegistryOptions, RegistryRules } from './options.ts';

/**
 * Creates policies by name and keeps them: the same name returns the same policy, with its state. Names may come
 * from outside, such as a host or a tenant: the registry never keeps more than `maxPolicies`.
 *
 * To make room, it forgets the least recently used policy that is idle and, if it is a circuit breaker, CLOSED. If
 * there is none, it forgets a circuit without running calls that is HALF_OPEN, or OPEN with its cooldown over. If
 * nothing can be forgotten, the new policy is returned but not kept. The time that this takes grows with the number
 * of policies that are in use but have not been asked for recently; everything else takes constant time.
 *
 * @example
 * const registry = new PolicyRegistry({ circuitBreaker: { cooldown: '10s' } });
 * const breaker = registry.circuitBreaker('host:' + new URL(url).host);
 */
export class PolicyRegistry {
  #rules: RegistryRules;
  #size = 0;
  #warned = false;
  readonly #order = new UsageOrder<KeptPolicy>();
  readonly #kept = new Map<Kind, Map<string, KeptPolicy>>(
    kindNames.map((kind) => [kind, new Map<string, KeptPolicy>()]),
  );

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
    while (this.#size > this.#rules.maxPolicies) {
      this.#forget(this.#expendable() ?? this.#order.oldest!);
    }
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
      // A section may be invalid for this name only, which then keeps its old policy.
      if (kept.section !== section) quietly(() => kept.renew(section));
      return kept;
    }
    if (typeof name !== 'string') invalid('name', name, 'a string');
    const made = new KeptPolicy(kind, name, section);
    if (this.#makeRoom(made)) {
      this.#order.add(made);
      names.set(name, made);
      this.#size++;
    }
    return made;
  }

  /** Makes room for a policy, if necessary and possible; returns whether there is room. */
  #makeRoom({ kind, name }: KeptPolicy): boolean {
    const { maxPolicies, onWarning } = this.#rules;
    if (this.#size < maxPolicies) return true;
    const expendable = this.#expendable();
    if (expendable !== undefined) {
      this.#forget(expendable);
      return true;
    }
    const message =
      `PolicyRegistry: all ${String(maxPolicies)} policies are in use, so ${kind} ` +
      `${JSON.stringify(name)} and further ones are not kept; raise maxPolicies`;
    if (!this.#warned) quietly(warn, 'HIGHWAY_REGISTRY_FULL' as const, message, onWarning);
    this.#warned = true;
    return false;
  }

  /** The policy to remove first: an idle one, or else a cooled one; of these the least recently used. */
  #expendable(): KeptPolicy | undefined {
    let cooled: KeptPolicy | undefined;
    for (let each = this.#order.oldest; each !== undefined; each = each.newer) {
      const retention = each.retention();
      if (retention === 'idle') return each;
      if (retention === 'cooled') cooled ??= each;
    }
    return cooled;
  }

  #forget(kept: KeptPolicy): void {
    this.#order.remove(kept);
    this.#kept.get(kept.kind)!.delete(kept.name);
    this.#size--;
  }
}
