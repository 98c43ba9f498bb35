import { CachePolicy, HedgePolicy, latencyQuantile } from '@highway/resilience';
import type { CacheOptions, CallContext, HedgeOptions, LearningDelay } from '@highway/resilience';
import { describe, expectTypeOf, it } from 'vitest';

describe('a hedge', () => {
  it('gives what the function gives', () => {
    const hedge = new HedgePolicy({ delay: '1s' });
    expectTypeOf(hedge.execute(async () => 1)).toEqualTypeOf<Promise<number>>();
    expectTypeOf(hedge((id: string) => id.length)).toExtend<(id: string) => Promise<number>>();
  });

  it('needs a delay: a duration, or a function of the context', () => {
    expectTypeOf<object>().not.toExtend<HedgeOptions>();
    expectTypeOf<{ delay: 5 }>().toExtend<HedgeOptions>();
    expectTypeOf<{ delay: (context: CallContext) => '1s' }>().toExtend<HedgeOptions>();
    expectTypeOf(latencyQuantile).returns.toEqualTypeOf<LearningDelay>();
    expectTypeOf<{ delay: LearningDelay }>().toExtend<HedgeOptions>();
  });
});

describe('a cache', () => {
  it('gives what the function gives', () => {
    const cache = new CachePolicy({ ttl: '1s', key: (id: string, page: number) => `${id}${page}` });
    expectTypeOf(cache.execute(() => 'x', { key: 1 })).toEqualTypeOf<Promise<string>>();
    expectTypeOf(cache.size).toEqualTypeOf<number>();
    expectTypeOf(cache.delete('a')).toEqualTypeOf<boolean>();
  });

  it('needs a ttl, and takes keys of any function, also of one with `this`', () => {
    expectTypeOf<object>().not.toExtend<CacheOptions>();
    expectTypeOf<(this: Date, id: number) => string>().toExtend<NonNullable<CacheOptions['key']>>();
  });
});
