import { describe, expect, it } from 'vitest';
import { RetryBudget } from '../../values/retry-budget.ts';
import { HedgePolicy } from './policy.ts';
import { latencyQuantile } from './latency-quantile.ts';
import type { HedgeOptions } from './options.ts';

describe('the options of a hedge', () => {
  it.each<[string, Partial<Record<keyof HedgeOptions, unknown>>]>([
    ['delay', {}],
    ['delay', { delay: -1 }],
    ['delay', { delay: Number.NaN }],
    ['delay', { delay: Infinity }],
    ['delay', { delay: 'soon' }],
    ['delay', { delay: null }],
    ['maxHedges', { delay: 1, maxHedges: -1 }],
    ['maxHedges', { delay: 1, maxHedges: 1.5 }],
    ['maxHedges', { delay: 1, maxHedges: Infinity }],
    ['handle', { delay: 1, handle: true }],
    ['handleResult', { delay: 1, handleResult: 'x' }],
    ['budget', { delay: 1, budget: { ratio: 0.1 } }],
    ['budget', { delay: 1, budget: 0.1 }],
    ['name', { delay: 1, name: '' }],
    ['clock', { delay: 1, clock: {} }],
  ])('must be valid: %s is rejected by name in %o', (option, options) => {
    expect(() => new HedgePolicy(options as HedgeOptions)).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(`^${option}: `) as string,
      }) as Error,
    );
  });

  it('must be known', () => {
    expect(() => new HedgePolicy({ delay: 1, hedges: 2 } as HedgeOptions)).toThrow(/"hedges"/);
  });

  it('are shown as plain data', () => {
    const budget = new RetryBudget({ ratio: 0.1 });
    const hedge = new HedgePolicy({ name: 'search', delay: '1.5s', maxHedges: 2, budget });
    expect(hedge.settings).toEqual({
      type: 'hedge',
      name: 'search',
      delay: 1_500,
      maxHedges: 2,
      budget: budget.toJSON(),
    });
    expect(JSON.parse(JSON.stringify(hedge.settings))).toEqual(hedge.settings);
  });

  it('default to one hedge and no name; a delay that is a function is not shown', () => {
    const hedge = new HedgePolicy({ delay: latencyQuantile(0.9, { initial: 10 }) });
    expect(hedge.settings).toEqual({ type: 'hedge', maxHedges: 1 });
  });

  it('may allow no hedge, and a delay of 0', () => {
    expect(new HedgePolicy({ delay: 0, maxHedges: 0 }).settings).toMatchObject({
      delay: 0,
      maxHedges: 0,
    });
  });
});
