import { FixedLimit, LimiterRun } from './limiter-run.ts';
import type { Sample } from './limiter-run.ts';
import { adaptive, halvedCapacity, mixedOverload } from './limiter-scenarios.ts';
import { outage, ThrottlerRun } from './throttler-run.ts';
import type { Second } from './throttler-run.ts';

/** The data of the pictures in the documentation: from the runs that the tests judge. */
export interface Curves {
  /** The service that loses half its servers, behind an adaptive limit and behind none. */
  readonly limiter: { readonly adaptive: readonly Sample[]; readonly unlimited: readonly Sample[] };
  /** The share of the calls that was rejected, by priority, under twice the load. */
  readonly priorities: readonly { readonly priority: string; readonly refused: number }[];
  /** The outage, and how many calls the service got. */
  readonly throttler: readonly Second[];
}

const seed = 1;

export function curves(): Curves {
  const limited = new LimiterRun(halvedCapacity, seed, adaptive()).run(0.5);
  const unlimited = new LimiterRun(halvedCapacity, seed, () => new FixedLimit(Infinity)).run(0.5);
  const mixed = new LimiterRun(mixedOverload, seed, adaptive()).run();
  return {
    limiter: { adaptive: limited.samples, unlimited: unlimited.samples },
    priorities: ['critical', 'high', 'normal', 'low'].map((priority, i) => ({
      priority,
      refused: mixed.priorities[i]!.refusedShare,
    })),
    throttler: new ThrottlerRun(seed, 100).run(outage).seconds,
  };
}
