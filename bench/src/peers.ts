// The other libraries, set up to do the same as ours.
import * as cockatiel from 'cockatiel';
import CircuitBreaker from 'opossum';

const { handleAll } = cockatiel;

/** A breaker over the last 100 calls; opens at a share of failures above `threshold`. */
export function cockatielBreaker(threshold = 0.5): cockatiel.CircuitBreakerPolicy {
  return cockatiel.circuitBreaker(handleAll, {
    halfOpenAfter: 3_600_000,
    breaker: new cockatiel.CountBreaker({ threshold, size: 100 }),
  });
}

/** A breaker that a single failure has opened, for an hour. */
export async function openCockatielBreaker(): Promise<cockatiel.CircuitBreakerPolicy> {
  const breaker = cockatiel.circuitBreaker(handleAll, {
    halfOpenAfter: 3_600_000,
    breaker: new cockatiel.ConsecutiveBreaker(1),
  });
  await breaker.execute(() => Promise.reject(new Error('opens it'))).catch(() => undefined);
  return breaker;
}

/** A breaker over the outcomes of the last ten seconds. */
export function cockatielSamplingBreaker(): cockatiel.CircuitBreakerPolicy {
  return cockatiel.circuitBreaker(handleAll, {
    halfOpenAfter: 3_600_000,
    breaker: new cockatiel.SamplingBreaker({ threshold: 0.5, duration: 10_000, minimumRps: 1 }),
  });
}

export function cockatielRetry(): cockatiel.RetryPolicy {
  const backoff = new cockatiel.ExponentialBackoff({ initialDelay: 100, maxDelay: 5_000 });
  return cockatiel.retry(handleAll, { maxAttempts: 3, backoff });
}

/** Gives up at the deadline whether or not the function heeds its signal, as ours does. */
export function cockatielTimeout(ms = 10_000): cockatiel.TimeoutPolicy {
  return cockatiel.timeout(ms, cockatiel.TimeoutStrategy.Aggressive);
}

export function cockatielBulkhead(places = 10, queue = 10): cockatiel.BulkheadPolicy {
  return cockatiel.bulkhead(places, queue);
}

export function cockatielFallback(): cockatiel.FallbackPolicy<number> {
  return cockatiel.fallback(handleAll, 0);
}

/** A bulkhead whose only slot is taken for good. */
export function fullCockatielBulkhead(): cockatiel.BulkheadPolicy {
  const bulkhead = cockatiel.bulkhead(1, 0);
  void bulkhead.execute(forever);
  return bulkhead;
}

/** A breaker without its own timeout, which never opens; its window is one of time. */
export function opossumBreaker<Result>(
  fn: () => Promise<Result>,
): CircuitBreaker<unknown[], Result> {
  return new CircuitBreaker<unknown[], Result>(fn, {
    timeout: false,
    resetTimeout: 3_600_000,
    volumeThreshold: Number.MAX_SAFE_INTEGER,
  });
}

/** A function that never settles. */
export function forever(): Promise<never> {
  return new Promise(() => undefined);
}
