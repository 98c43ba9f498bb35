import type { Clock, Random } from '@highway/resilience';

/** An even load with some chance in it. */
export interface LoadRules {
  readonly clock: Clock;
  readonly random: Random;
  /** Calls a second. */
  readonly rate: number;
  /** The time of the clock at which it ends. */
  readonly until: number;
}

/**
 * Begins calls at the rate, whether or not earlier ones have ended, as users do: each at a moment
 * of its own slot that chance picks. A late timer loses no call. Returns a function that stops it.
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
