import type { Clock, Random } from '@highway/resilience';

/** An even load with random start times. */
export interface LoadRules {
  readonly clock: Clock;
  readonly random: Random;
  /** Calls per second. */
  readonly rate: number;
  /** The clock's time at which it ends. */
  readonly until: number;
}

/**
 * Starts calls at the rate, whether or not earlier ones have ended, as users do: each at a random moment
 * of its interval. A late timer loses no call. Returns a function that stops the load.
 */
export function startLoad(rules: LoadRules, begin: () => void): () => void {
  const { clock, random, rate, until } = rules;
  const slot = 1000 / rate;
  let timer: unknown;
  let count = 0;
  const next = (): void => {
    const due = (count + random()) * slot;
    count++;
    if (due >= until) return;
    timer = clock.setTimeout(() => {
      begin();
      next();
    }, due - clock.now());
  };
  next();
  return () => {
    clock.clearTimeout(timer);
  };
}
