import type { Parameters } from 'fast-check';

/**
 * How a property is run: `PROPERTY_SEED` repeats a failure that fast-check reported with that seed,
 * `PROPERTY_RUNS` multiplies the number of runs, to search for longer.
 */
export function runs<T>(count: number): Parameters<T> {
  const { PROPERTY_SEED: seed, PROPERTY_RUNS: factor } = process.env;
  return {
    numRuns: Math.ceil(count * Number(factor ?? 1)),
    ...(seed !== undefined && { seed: Number(seed) }),
  };
}
