import { AsyncLocalStorage } from 'node:async_hooks';
import {
  AdaptiveLimiterPolicy,
  AdaptiveThrottlerPolicy,
  Backoff,
  BulkheadPolicy,
  CachePolicy,
  CircuitBreakerPolicy,
  FallbackPolicy,
  HedgePolicy,
  RateLimiterPolicy,
  RetryPolicy,
  TimeoutPolicy,
} from '@highway/resilience';
import type { CallContext, EventType, Policy } from '@highway/resilience';
import { ChaosPolicy, ManualClock, seededRandom } from '@highway/resilience/testing';

/** Who calls. */
export const caller: AsyncLocalStorage<string> = new AsyncLocalStorage<string>();
export const users: readonly string[] = Array.from({ length: 10 }, (_, i) => `user ${i}`);

/** What a function throws or gives: it says whose call it was. */
export class Mark extends Error {
  readonly user: string;

  constructor(user: string) {
    super(`of ${user}`);
    this.user = user;
  }
}

/** All that ran on behalf of callers, with the caller in whose context it did. */
export class Witness {
  readonly clock = new ManualClock();
  /** By what ran: the callers in whose contexts. */
  readonly seen: Record<string, string[]> = {};
  readonly #wrong: string[] = [];

  /** Something of a user's runs. What it is about may say for whom. */
  note(what: string, about?: unknown): void {
    const context = caller.getStore() ?? 'nobody';
    (this.seen[what] ??= []).push(context);
    const user = about instanceof Mark ? about.user : undefined;
    if (user === undefined ? !users.includes(context) : user !== context) {
      this.#wrong.push(`${what} of ${user ?? 'a caller'} ran in the context of ${context}`);
    }
  }

  listen<Listened extends Policy>(policy: Listened): Listened {
    for (const type of eventTypes) {
      policy.on(type, (event) => {
        this.note(type, (event as { error?: unknown }).error);
      });
    }
    return policy;
  }

  /** What ran in the context of a stranger, or of another caller. */
  get astray(): string[] {
    if (Object.keys(this.seen).length === 0) return ['nothing ran'];
    return [...new Set(this.#wrong)];
  }
}

const eventTypes: readonly EventType[] = [
  'success',
  'failure',
  'rejected',
  'stateChange',
  'retry',
  'timeout',
  'hedge',
  'fallback',
  'cacheHit',
  'coalesced',
  'injected',
];

type Make = (witness: Witness) => Policy;

/** Predicates of a policy's options. */
const predicates = (witness: Witness, kind: string) => ({
  handle: (error: unknown) => {
    witness.note(`${kind}.handle`, error);
    return true;
  },
  handleResult: (value: unknown) => {
    witness.note(`${kind}.handleResult`, value);
    return false;
  },
});

/** Each kind of policy, with every function that its options take. */
export const kinds: Record<string, Make> = {
  retry: (witness) =>
    new RetryPolicy({
      clock: witness.clock,
      maxRetries: 2,
      backoff: Backoff.fixed(10),
      ...predicates(witness, 'retry'),
      onRetry: ({ error }) => {
        witness.note('onRetry', error);
      },
    }),
  timeout: (witness) =>
    new TimeoutPolicy({
      clock: witness.clock,
      timeout: () => {
        witness.note('timeout.timeout');
        return 40;
      },
    }),
  bulkhead: ({ clock }) =>
    new BulkheadPolicy({ clock, maxConcurrent: 2, maxQueued: 8, maxWait: 150 }),
  rateLimiter: ({ clock }) =>
    new RateLimiterPolicy({ clock, limit: 100, per: '1s', burst: 1, maxWait: '2s' }),
  breaker: (witness) =>
    new CircuitBreakerPolicy({
      clock: witness.clock,
      failureThreshold: '4/6',
      cooldown: 30,
      ...predicates(witness, 'breaker'),
      ignore: (error) => {
        witness.note('breaker.ignore', error);
        return false;
      },
      onStateChange: () => {
        witness.note('onStateChange');
      },
    }),
  fallback: (witness) =>
    new FallbackPolicy({
      clock: witness.clock,
      ...predicates(witness, 'fallback'),
      fallback: async (error, { signal }) => {
        witness.note('fallback', error);
        signal.addEventListener('abort', () => {
          witness.note("the fallback's signal");
        });
        await Promise.resolve();
        witness.note('fallback, later', error);
        return undefined as never;
      },
    }),
  hedge: (witness) =>
    new HedgePolicy({
      clock: witness.clock,
      maxHedges: 2,
      ...predicates(witness, 'hedge'),
      delay: ({ signal }) => {
        witness.note('hedge.delay');
        signal.addEventListener('abort', () => {
          witness.note("the delay's signal");
        });
        return 15;
      },
    }),
  cache: ({ clock }) => new CachePolicy({ clock, ttl: '1s', staleIfError: '1s' }),
  limiter: (witness) =>
    new AdaptiveLimiterPolicy({
      clock: witness.clock,
      initialLimit: 6,
      priority: ({ signal }) => {
        witness.note('limiter.priority');
        signal.addEventListener('abort', () => {
          witness.note("the priority's signal");
        });
        return 'normal';
      },
      handle: (error) => {
        witness.note('limiter.handle', error);
        return true;
      },
    }),
  throttler: (witness) =>
    new AdaptiveThrottlerPolicy({
      clock: witness.clock,
      random: seededRandom(7),
      ...predicates(witness, 'throttler'),
    }),
  chaos: (witness) =>
    new ChaosPolicy({
      clock: witness.clock,
      random: seededRandom(11),
      rate: 0.5,
      latency: ({ signal }) => {
        witness.note('chaos.latency');
        signal.addEventListener('abort', () => {
          witness.note("the chaos's signal");
        });
        return 25;
      },
    }),
};

/** Of a call: the first attempt hangs, the second fails, the third gives a value. */
export function attemptOf(
  user: string,
  { signal, attempt }: CallContext,
  witness: Witness,
): unknown {
  const mark = new Mark(user);
  witness.note(`attempt ${attempt}`, mark);
  signal.addEventListener('abort', () => {
    witness.note('signal', mark);
  });
  if (attempt === 2) throw mark;
  if (attempt > 2) return mark;
  return new Promise((resolve, reject) => {
    const failing = Number(user.slice(-1)) % 2 === 0;
    witness.clock.setTimeout(() => (failing ? reject(mark) : resolve(mark)), 60);
  });
}
