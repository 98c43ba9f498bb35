import type {
  Breaker,
  BreakerSetup,
  BreakerState,
  BulkheadSetup,
  Cache,
  CacheSetup,
  Driver,
  FallbackSetup,
  Library,
  OpensAfter,
  Protection,
  Work,
} from '../driver.ts';
import { notOffered } from '../driver.ts';
import { FakedGlobals } from '../harness/faked-globals.ts';
import { OpossumCircuitBreaker } from './opossum-api.ts';
import type { OpossumBreaker } from './opossum-api.ts';

export const opossum: Library = {
  name: 'opossum',
  version: '10.0.0',
  open: () => new OpossumDriver(),
};

class OpossumDriver implements Driver {
  readonly time = new FakedGlobals();

  breaker(setup: BreakerSetup): Breaker {
    return watched(breakerOptions(setup), setup);
  }

  breakersOfOneConfig(setup: BreakerSetup): readonly [Breaker, Breaker] {
    const options = breakerOptions(setup);
    return [watched(options, setup), watched(options, setup)];
  }

  retry(): Protection {
    return notOffered('retries');
  }

  delays(): readonly number[] {
    return notOffered('backoff');
  }

  timeout(ms: number): Protection {
    return new WrappedBreaker(guarded({ timeout: ms }));
  }

  bulkhead({ maxConcurrent, maxQueued = 0, timeoutMs }: BulkheadSetup): Protection {
    if (maxQueued > 0) notOffered('a queue');
    return new WrappedBreaker(guarded({ capacity: maxConcurrent, timeout: timeoutMs ?? false }));
  }

  fallback({ answer, handle, timeoutMs }: FallbackSetup): Protection {
    const breaker = guarded({
      timeout: timeoutMs ?? false,
      ...(handle && { errorFilter: (error: unknown) => !handle(error) }),
    });
    return new WrappedBreaker(breaker.fallback(answer));
  }

  cache(setup: CacheSetup): Cache {
    return this.cachesOfOneConfig(setup)[0];
  }

  cachesOfOneConfig({ ttlMs, coalesce }: CacheSetup): readonly [Cache, Cache] {
    const options = {
      cache: ttlMs > 0,
      cacheTTL: ttlMs,
      coalesce,
      coalesceResetOn: ['error', 'success', 'timeout'],
      cacheGetKey: (_work: Work, key: string) => key,
      timeout: false,
    };
    const make = (): Cache => {
      const breaker = new OpossumCircuitBreaker(action, options);
      return {
        get: (key, work, signal) =>
          signal === undefined ? breaker.fire(work, key) : notOffered('cancelling one call'),
      };
    };
    return [make(), make()];
  }

  chain(): Protection {
    return notOffered('composing policies');
  }

  close(): void {
    this.time.close();
  }
}

class WrappedBreaker implements Breaker {
  readonly #breaker: OpossumBreaker;

  constructor(breaker: OpossumBreaker) {
    this.#breaker = breaker;
  }

  get state(): BreakerState {
    if (this.#breaker.halfOpen) return 'half-open';
    return this.#breaker.opened ? 'open' : 'closed';
  }

  run(work: Work, signal?: AbortSignal): Promise<unknown> {
    if (signal !== undefined) notOffered('cancelling one call');
    return this.#breaker.fire(work);
  }

  windowFailures(): number {
    return this.#breaker.stats.failures;
  }

  open(): void {
    this.#breaker.open();
  }

  close(): void {
    this.#breaker.close();
  }

  isolate(): () => void {
    return notOffered('holding a circuit open');
  }

  disable(): void {
    this.#breaker.disable();
  }

  snapshot(): string {
    return JSON.stringify(this.#breaker.toJSON());
  }
}

function breakerOptions(setup: BreakerSetup): object {
  const { counts, cooldownMs, restored, trialCalls = 1 } = setup;
  if (trialCalls !== 1) notOffered('more than one trial call');
  if (typeof cooldownMs !== 'number') notOffered('waits that grow');
  return {
    ...toWindow(setup.opensAfter),
    resetTimeout: cooldownMs,
    ...(counts && { errorFilter: (error: unknown) => !counts(error) }),
    ...(restored !== undefined && toRestored(restored)),
  };
}

/** As its readme says: the state is an option, and a `Status` is made from the figures. */
function toRestored(restored: unknown): object {
  const { state, status } = restored as { state: object; status: object };
  return { state, status: OpossumCircuitBreaker.newStatus({ stats: status }) };
}

function toWindow(opensAfter: OpensAfter): object {
  if ('ofLast' in opensAfter) notOffered('a window of the last calls');
  if ('failures' in opensAfter) return { volumeThreshold: opensAfter.failures };
  const { ratio, overMs, minimumCalls } = opensAfter;
  return {
    errorThresholdPercentage: ratio * 100,
    rollingCountTimeout: overMs,
    volumeThreshold: minimumCalls,
  };
}

/** A breaker that is there for something else than opening. */
function guarded(options: object): OpossumBreaker {
  return new OpossumCircuitBreaker(action, {
    ...options,
    volumeThreshold: Number.MAX_SAFE_INTEGER,
  });
}

async function action(work: Work): Promise<unknown> {
  return await work(undefined);
}

function watched(options: object, { onCall, onStateChange, onSuccess }: BreakerSetup): Breaker {
  const breaker = new OpossumCircuitBreaker(action, options);
  if (onStateChange) {
    breaker.on('open', () => {
      onStateChange('open');
    });
    breaker.on('close', () => {
      onStateChange('closed');
    });
    breaker.on('halfOpen', () => {
      onStateChange('half-open');
    });
  }
  if (onSuccess) breaker.on('success', onSuccess);
  if (onCall) breaker.on('fire', onCall);
  return new WrappedBreaker(breaker);
}
