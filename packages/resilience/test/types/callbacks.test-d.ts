import {
  AdaptiveThrottlerPolicy,
  CircuitBreakerPolicy,
  FallbackPolicy,
  HedgePolicy,
  RetryPolicy,
  type Policy,
  type ResultPredicate,
} from '@highway/resilience';
import { describe, expectTypeOf, it } from 'vitest';

const failed = (response: Response): boolean => !response.ok;

describe('a predicate for results', () => {
  it('may take what the function gives', () => {
    const policies = [
      new CircuitBreakerPolicy({ handleResult: failed }),
      new RetryPolicy({ handleResult: failed }),
      new HedgePolicy({ delay: 5, handleResult: failed }),
      new FallbackPolicy({ fallback: 5, handleResult: failed }),
      new AdaptiveThrottlerPolicy({ handleResult: (response: Response) => response.status >= 500 }),
    ];
    expectTypeOf(policies).toExtend<Policy<unknown>[]>();
    expectTypeOf<(value: unknown) => boolean>().toExtend<ResultPredicate>();
  });

  it('may take what is known about the attempt', () => {
    new RetryPolicy({
      handle: (error, { attempt, data }) => {
        expectTypeOf(attempt).toEqualTypeOf<number>();
        expectTypeOf(data).toEqualTypeOf<unknown>();
        return error === data;
      },
      handleResult: (response: Response, { attempt }) => response.ok && attempt === 1,
      onRetry: ({ data }) => {
        expectTypeOf(data).toEqualTypeOf<unknown>();
      },
    });
    // @ts-expect-error -- there is no signal to judge an outcome by
    new RetryPolicy({ handle: (error, { signal }) => error === signal });
  });

  it('takes an unknown value where it does not say', () => {
    new RetryPolicy({
      handleResult: (value) => {
        expectTypeOf(value).toEqualTypeOf<unknown>();
        return value === undefined;
      },
    });
  });

  it('answers at once, with a boolean', () => {
    expectTypeOf(async (): Promise<boolean> => true).not.toExtend<ResultPredicate>();
    expectTypeOf(() => 'yes').not.toExtend<ResultPredicate>();
    // @ts-expect-error -- a promise is no answer
    new RetryPolicy({ handle: async () => false });
  });
});
