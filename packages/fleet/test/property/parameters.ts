import type { Parameters } from 'fast-check';

/**
 * How to run a property: `PROPERTY_SEED` repeats a failure that fast-check reported with that seed;
 * `PROPERTY_RUNS` multiplies the number of runs; `PROPERTY_QUICK` reports the first failure without
 * shrinking it, which takes long.
 */
export function runs<T>(count: number): Parameters<T> {
  const { PROPERTY_SEED: seed, PROPERTY_RUNS: factor, PROPERTY_QUICK: quick } = process.env;
  return {
    numRuns: Math.ceil(count * Number(factor ?? 1)),
    ...(quick !== undefined && { endOnFailure: true }),
    ...(seed !== undefined && { seed: Number(seed) }),
  };
}
