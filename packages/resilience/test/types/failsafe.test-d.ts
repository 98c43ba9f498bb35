import { CircuitBreakerPolicy, Failsafe, FallbackPolicy, RetryPolicy } from '@highway/resilience';
import { describe, expectTypeOf, it } from 'vitest';

const retry = new RetryPolicy();
const breaker = new CircuitBreakerPolicy();

describe('a Failsafe', () => {
  it('gives what the function gives, where its policies answer with nothing of their own', () => {
    const failsafe = new Failsafe({ policies: [retry, breaker] });
    expectTypeOf(failsafe.execute(() => 1)).toEqualTypeOf<Promise<number>>();
    expectTypeOf(failsafe.execute(async () => 'x')).toEqualTypeOf<Promise<string>>();
    expectTypeOf(failsafe((id: number) => `${id}`)).parameters.toEqualTypeOf<[number]>();
    expectTypeOf(failsafe((id: number) => `${id}`)).returns.toEqualTypeOf<Promise<string>>();
  });

  it('adds what a fallback answers with, through another Failsafe too', () => {
    const inner = new Failsafe({ policies: [new FallbackPolicy({ fallback: null }), breaker] });
    expectTypeOf(inner.execute(() => 1)).toEqualTypeOf<Promise<number | null>>();
    const outer = new Failsafe({ policies: [retry, inner] });
    expectTypeOf(outer.execute(() => 1)).toEqualTypeOf<Promise<number | null>>();
  });
});
