import type { CallContext, CircuitBreakerPolicy } from '@highway/resilience';

/** How a call is made: they take different ways through the library. */
export type Way = 'execute' | 'execute with a signal' | 'wrapped' | 'executeSync' | 'permit';

/** A call to be made. */
export interface CallToMake {
  readonly breaker: CircuitBreakerPolicy;
  readonly way: Way;
  readonly fn: (context?: CallContext) => unknown;
  readonly signal: AbortSignal | undefined;
}

/** Makes a call; what it gives comes in a promise, however it came. */
export function startCall({ breaker, way, fn, signal }: CallToMake): Promise<unknown> {
  switch (way) {
    case 'wrapped':
      return breaker(fn)();
    case 'permit':
      return withPermit(breaker, fn);
    case 'execute':
    case 'execute with a signal':
      return breaker.execute(fn, { signal });
    case 'executeSync':
      try {
        return Promise.resolve(breaker.executeSync(fn));
      } catch (error) {
        return Promise.reject(error);
      }
  }
}

/** A call that asks for its slot by itself, and says what became of it. */
async function withPermit(breaker: CircuitBreakerPolicy, fn: () => unknown): Promise<unknown> {
  const permit = breaker.tryAcquire();
  if (permit === undefined) return undefined;
  let value: unknown;
  try {
    value = await fn();
  } catch (error) {
    permit.failure(error);
    throw error;
  }
  permit.success(value);
  return value;
}
