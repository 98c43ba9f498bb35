import type { AdaptiveLimiterPolicy } from '../adaptive-limiter/index.ts';
import type { AdaptiveThrottlerPolicy } from '../adaptive-throttler/index.ts';
import type { BulkheadPolicy } from '../bulkhead/index.ts';
import type { CachePolicy } from '../cache/index.ts';
import type { CircuitBreakerPolicy } from '../circuit-breaker/index.ts';
import type { FallbackPolicy } from '../fallback/index.ts';
import type { HedgePolicy } from '../hedge/index.ts';
import { inspector, inspectKey } from '../internal/inspect.ts';
import { invalid } from '../internal/options.ts';
import { quietly } from '../internal/rejection.ts';
import { UsageOrder } from '../internal/usage-order.ts';
import { warn } from '../internal/warn.ts';
import type { RateLimiterPolicy } from '../rate-limiter/index.ts';
import type { RetryPolicy } from '../retry/index.ts';
import type { TimeoutPolicy } from '../timeout/index.ts';
import { Holding } from './holding.ts';
import { kindNames } from './kinds.ts';
import type { Kind, Policies } from './kinds.ts';
import { readRegistryOptions } from './options.ts';
import type { PolicyRegistryOptions, RegistryRules } from './options.ts';

/**
 * Makes policies by name, and keeps them: the same name gives the same policy, with its state. Made
 * for names that come from outside, such as a host or a tenant: there are never more than
 * `maxPolicies`.
 *
 * Where a new one needs room, the least recently used is forgotten that is idle, and, if it is a
 * circuit, CLOSED; where there is none, an open circuit whose wait is over. Where every policy is
 * needed, the new one is handed out without being kept. Finding what may go takes time in proportion
 * to how many are needed that were used less recently, everything else constant time.
 *
 * @example
 * const registry = new PolicyRegistry({ circuitBreaker: { cooldown: '10s' } });
 * const breaker = registry.circuitBreaker('host:' + new URL(url).host);
 */
export class PolicyRegistry {
  #rules: RegistryRules;
  #size = 0;
  #warned = false;
  readonly #order = new UsageOrder<Holding>();
  readonly #holdings = new Map<Kind, Map<string, Holding>>(
    kindNames.map((kind) => [kind, new Map<string, Holding>()]),
  );

  /** Throws what a policy would for a bad section, and for an unknown one. */
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

  /** What logs show of the registry: its size and bound, and the names that it keeps of each kind. */
  toJSON(): { size: number; maxPolicies: number; policies: Record<string, string[]> } {
    const kept = [...this.#holdings].filter(([, names]) => names.size > 0);
    const policies = Object.fromEntries(kept.map(([kind, names]) => [kind, [...names.keys()]]));
    return { size: this.#size, maxPolicies: this.#rules.maxPolicies, policies };
  }

  /** How many policies are kept, of all kinds. */
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
   * Takes a new configuration, whole: what it leaves out has its default, but for the clock and
   * `onWarning`. Throws where it is bad, and then nothing has changed.
   *
   * Policies whose section says something new are made anew, under their names, when they are asked
   * for the next time. A circuit keeps its state and what it remembers of calls; an isolated one is
   * kept until it is not isolated any more.
   */
  reload(options: PolicyRegistryOptions): void {
    this.#rules = readRegistryOptions(options, this.#rules);
    while (this.#size > this.#rules.maxPolicies) {
      this.#forget(this.#expendable() ?? this.#order.oldest!);
    }
  }

  #policy<K extends Kind>(kind: K, name: string): Policies[K] {
    return this.#holding(kind, name).policy as Policies[K];
  }

  #holding(kind: Kind, name: string): Holding {
    const section = this.#rules.sections[kind];
    const names = this.#holdings.get(kind)!;
    const held = names.get(name);
    if (held !== undefined) {
      this.#order.use(held);
      // A section may be bad for this name alone, which then keeps its old policy.
      if (held.section !== section) quietly(() => held.renew(section));
      return held;
    }
    if (typeof name !== 'string') invalid('name', name, 'a string');
    const made = new Holding(kind, name, section);
    if (this.#makeRoom(made)) {
      this.#order.add(made);
      names.set(name, made);
      this.#size++;
    }
    return made;
  }

  /** Whether there is room for a policy; forgets one that can be spared where there is none. */
  #makeRoom({ kind, name }: Holding): boolean {
    const { maxPolicies, onWarning } = this.#rules;
    if (this.#size < maxPolicies) return true;
    const expendable = this.#expendable();
    if (expendable !== undefined) {
      this.#forget(expendable);
      return true;
    }
    const message =
      `PolicyRegistry: all of the ${String(maxPolicies)} policies are needed, so ${kind} ` +
      `${JSON.stringify(name)} is not kept, nor are others after it; allow more maxPolicies`;
    if (!this.#warned) quietly(warn, 'HIGHWAY_REGISTRY_FULL' as const, message, onWarning);
    this.#warned = true;
    return false;
  }

  /** The policy to forget first: idle, or else rested; of these the one not used for longest. */
  #expendable(): Holding | undefined {
    let rested: Holding | undefined;
    for (let each = this.#order.oldest; each !== undefined; each = each.newer) {
      const worth = each.worth();
      if (worth === 'idle') return each;
      if (worth === 'rested') rested ??= each;
    }
    return rested;
  }

  #forget(holding: Holding): void {
    this.#order.remove(holding);
    this.#holdings.get(holding.kind)!.delete(holding.name);
    this.#size--;
  }
}
