import { AdaptiveLimiterPolicy } from '../../src/policies/adaptive-limiter/index.ts';
import type { AdaptiveLimiterOptions } from '../../src/policies/adaptive-limiter/index.ts';
import { priorities } from '../../src/policies/adaptive-limiter/options.ts';
import type { Phase, Scenario, Setting } from './limiter-run.ts';

/** Makes the policy itself, on the clock of the simulation. */
export function adaptive(
  options: AdaptiveLimiterOptions = {},
): (setting: Setting) => AdaptiveLimiterPolicy {
  return ({ time, rank }) =>
    new AdaptiveLimiterPolicy({
      clock: time,
      priority: () => priorities[rank()]!,
      ...options,
    });
}

const service = { servers: 20, meanMs: 50, spread: 'exponential', usefulMs: 500 } as const;
/** What 20 servers can do in a second. */
const capacity = 400;

/**
 * Comes below capacity, then half above it; then half the servers fail, and come back; then the load
 * falls again.
 */
export const halvedCapacity: Scenario = {
  ...service,
  phases: [
    { seconds: 20, callsPerSecond: 0.7 * capacity },
    { seconds: 20, callsPerSecond: 1.5 * capacity },
    { seconds: 20, callsPerSecond: 1.5 * capacity, servers: 10 },
    { seconds: 20, callsPerSecond: 1.5 * capacity },
    { seconds: 20, callsPerSecond: 0.7 * capacity },
  ],
};

/** Twice the capacity, of every priority. */
export const mixedOverload: Scenario = {
  ...service,
  phases: [{ seconds: 60, callsPerSecond: 2 * capacity }],
  mix: [0.1, 0.2, 0.4, 0.3],
};

/** Twice what ten servers can do, for ten minutes, from the first call on. */
export const lastingOverload: Scenario = {
  ...service,
  servers: 10,
  phases: Array.from({ length: 10 }, () => ({ seconds: 60, callsPerSecond: capacity })),
};

const light: Phase = { seconds: 30, callsPerSecond: 0.25 * capacity };

/** Every call takes three times as long for a minute, which is no overload: a quarter is asked for. */
export const slowerForAWhile: Scenario = {
  ...service,
  phases: [light, { ...light, seconds: 60, meanMs: 150 }, light],
};
