import {
  bulkhead,
  ConstantBackoff,
  decorrelatedJitterGenerator,
  ExponentialBackoff,
  fallback,
  fullJitterGenerator,
  handleAll,
  handleWhen,
  noJitterGenerator,
  retry,
  timeout,
  TimeoutStrategy,
  wrap,
} from 'cockatiel';
import type { IBackoffFactory, Policy } from 'cockatiel';
import type {
  BackoffSetup,
  Breaker,
  BreakerSetup,
  BulkheadSetup,
  Cache,
  Driver,
  FallbackSetup,
  Library,
  Protection,
  RetrySetup,
} from '../driver.ts';
import { notOffered } from '../driver.ts';
import { FakedGlobals } from '../harness/faked-globals.ts';
import { breakerOptions, watched } from './cockatiel-breaker.ts';
import { policyOf, Wrapped } from './cockatiel-protection.ts';

export const cockatiel: Library = {
  name: 'cockatiel',
  version: '4.0.0',
  open: () => new CockatielDriver(),
};

class CockatielDriver implements Driver {
  readonly time = new FakedGlobals();

  breaker(setup: BreakerSetup): Breaker {
    return watched(breakerOptions(setup), setup);
  }

  breakersOfOneConfig(setup: BreakerSetup): readonly [Breaker, Breaker] {
    const options = breakerOptions(setup);
    return [watched(options, setup), watched(options, setup)];
  }

  retry(setup: RetrySetup): Protection {
    const { handle, handleResult, maxRetries, onRetry, onSuccess } = setup;
    if (setup.maxDurationMs !== undefined) notOffered('a limit of time for all attempts');
    let handled: Policy = handle === undefined ? handleAll : handleWhen(handle);
    if (handleResult !== undefined) handled = handled.orWhenResult(handleResult);
    const policy = retry(handled, {
      maxAttempts: maxRetries,
      ...(setup.backoff && { backoff: toBackoff(setup.backoff) }),
    });
    if (onRetry) policy.onRetry(onRetry);
    if (onSuccess) policy.onSuccess(onSuccess);
    return new Wrapped(policy);
  }

  delays(setup: BackoffSetup, count: number): readonly number[] {
    const delays: number[] = [];
    // The context is for backoffs that look at it, which these don't.
    const context = undefined;
    let backoff = toBackoff(setup).next(context);
    for (let i = 0; i < count; i++) {
      delays.push(backoff.duration);
      backoff = backoff.next(context);
    }
    return delays;
  }

  timeout(ms: number): Protection {
    // Its readme has streams use this option, which is not the default.
    const options = { strategy: TimeoutStrategy.Aggressive, abortOnReturn: false };
    return new Wrapped(timeout(ms, options));
  }

  bulkhead({ maxConcurrent, maxQueued = 0, timeoutMs }: BulkheadSetup): Protection {
    const inner = new Wrapped(bulkhead(maxConcurrent, maxQueued));
    return timeoutMs === undefined ? inner : this.chain(this.timeout(timeoutMs), inner);
  }

  fallback({ answer, handle, timeoutMs }: FallbackSetup): Protection {
    const outer = new Wrapped(fallback(handle ? handleWhen(handle) : handleAll, answer));
    return timeoutMs === undefined ? outer : this.chain(outer, this.timeout(timeoutMs));
  }

  cache(): Cache {
    return notOffered('a cache');
  }

  cachesOfOneConfig(): readonly [Cache, Cache] {
    return notOffered('a cache');
  }

  chain(outer: Protection, inner: Protection): Protection {
    return new Wrapped(wrap(policyOf(outer), policyOf(inner)));
  }

  close(): void {
    this.time.close();
  }
}

function toBackoff(setup: BackoffSetup): IBackoffFactory<unknown> {
  if (setup.kind === 'fixed') return new ConstantBackoff(setup.delayMs);
  const { minDelayMs, maxDelayMs, factor = 2, jitter = 'none' } = setup;
  return new ExponentialBackoff<unknown>({
    initialDelay: minDelayMs,
    maxDelay: maxDelayMs,
    exponent: factor,
    generator: generators[jitter] as never,
  });
}

const generators = {
  none: noJitterGenerator,
  full: fullJitterGenerator,
  decorrelated: decorrelatedJitterGenerator,
};
