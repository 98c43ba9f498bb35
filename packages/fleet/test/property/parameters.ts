import type { Parameters } from 'fast-check';

/**
 * How a property is run: `PROPERTY_SEED` repeats a failure that fast-check reported with that seed,
 * `PROPERTY_RUNS` multiplies the number of runs, to search for longer; `PROPERTY_QUICK` reports the first
 * failure as it is, since it takes long to make it smaller.
 */
export function runs<T>(count: number): Parameters<T> {
  const { PROPERTY_SEED: seed, PROPERTY_RUNS: factor, PROPERTY_QUICK: quick } = process.env;
  return {
    numRuns: Math.ceil(count * Number(factor ?? 1)),
    ...(quick !== undefined && { endOnFailure: true }),
    ...(seed !== undefined && { seed: Number(seed) }),
  };
}
