import {
  Backoff,
  BulkheadPolicy,
  CachePolicy,
  Failsafe,
  FallbackPolicy,
  RetryPolicy,
  TimeoutPolicy,
} from '@highway/resilience';
import type {
  BackoffSetup,
  Breaker,
  BreakerSetup,
  BulkheadSetup,
  Cache,
  CacheSetup,
  Driver,
  FallbackSetup,
  Library,
  Protection,
  RetrySetup,
} from '../driver.ts';
import { breakerOptions, watched } from './highway-breaker.ts';
import { policyOf, Wrapped } from './highway-protection.ts';
import { ManualTime } from './manual-time.ts';

/** This library. */
export const highway: Library = {
  name: '@highway/resilience',
  version: '0.1.0',
  open: () => new HighwayDriver(),
};

const host = globalThis as { reportError?: unknown };

class HighwayDriver implements Driver {
  readonly time = new ManualTime();
  readonly #reportError = Object.getOwnPropertyDescriptor(host, 'reportError');

  constructor() {
    // What listeners throw is reported there; the cases that have them throw want no output.
    host.reportError = () => undefined;
  }

  breaker(setup: BreakerSetup): Breaker {
    return watched(breakerOptions(setup, this.time.clock), setup);
  }

  breakersOfOneConfig(setup: BreakerSetup): readonly [Breaker, Breaker] {
    const options = breakerOptions(setup, this.time.clock);
    return [watched(options, setup), watched(options, setup)];
  }

  retry(setup: RetrySetup): Protection {
    const { handle, handleResult, maxDurationMs, onRetry, onSuccess } = setup;
    const policy = new RetryPolicy({
      clock: this.time.clock,
      maxRetries: setup.maxRetries,
      backoff: setup.backoff === undefined ? Backoff.none : toBackoff(setup.backoff),
      ...(handle && { handle }),
      ...(handleResult && { handleResult }),
      ...(maxDurationMs !== undefined && { maxDuration: maxDurationMs }),
      ...(onRetry && { onRetry }),
    });
    if (onSuccess) policy.on('success', onSuccess);
    return new Wrapped(policy);
  }

  delays(setup: BackoffSetup, count: number): readonly number[] {
    const backoff = toBackoff(setup);
    const delays: number[] = [];
    for (let i = 0; i < count; i++) delays.push(backoff.forAttempt(i + 1, delays[i - 1]));
    return delays;
  }

  timeout(ms: number): Protection {
    return new Wrapped(new TimeoutPolicy({ clock: this.time.clock, timeout: ms }));
  }

  bulkhead({ maxConcurrent, maxQueued = 0, timeoutMs }: BulkheadSetup): Protection {
    const { clock } = this.time;
    const bulkhead = new Wrapped(new BulkheadPolicy({ clock, maxConcurrent, maxQueued }));
    return timeoutMs === undefined ? bulkhead : this.chain(this.timeout(timeoutMs), bulkhead);
  }

  fallback({ answer, handle, timeoutMs }: FallbackSetup): Protection {
    const { clock } = this.time;
    const options = { clock, fallback: answer, ...(handle && { handle }) };
    const fallback = new Wrapped(new FallbackPolicy(options));
    return timeoutMs === undefined ? fallback : this.chain(fallback, this.timeout(timeoutMs));
  }

  cache(setup: CacheSetup): Cache {
    return this.cachesOfOneConfig(setup)[0];
  }

  cachesOfOneConfig({ ttlMs, coalesce }: CacheSetup): readonly [Cache, Cache] {
    const options = { clock: this.time.clock, ttl: ttlMs, coalesce };
    const make = (): Cache => {
      const policy = new CachePolicy(options);
      return {
        get: (key, work, signal) =>
          policy.execute((context) => work(context.signal), { key, signal }),
      };
    };
    return [make(), make()];
  }

  chain(outer: Protection, inner: Protection): Protection {
    const policies = [policyOf(outer), policyOf(inner)];
    return new Wrapped(new Failsafe({ policies, onWarning: () => undefined }));
  }

  close(): void {
    if (this.#reportError === undefined) delete host.reportError;
    else Object.defineProperty(host, 'reportError', this.#reportError);
  }
}

function toBackoff(setup: BackoffSetup): Backoff {
  if (setup.kind === 'fixed') return Backoff.fixed(setup.delayMs);
  const { minDelayMs, maxDelayMs, factor = 2, jitter = 'none' } = setup;
  return new Backoff({
    minDelay: minDelayMs,
    maxDelay: maxDelayMs,
    factor,
    jitter: jitter === 'none' ? 0 : jitter,
  });
}
