import { CircuitBreakerPolicy, Failsafe, RetryPolicy } from '@highway/resilience';
import type { CallContext, ExecuteOptions, Outcome, Policy } from '@highway/resilience';
import { describe, expectTypeOf, it } from 'vitest';

const policies = [new CircuitBreakerPolicy(), new RetryPolicy(), new Failsafe({ policies: [] })];
const policy: Policy = policies[0]!;

describe('execute', () => {
  it('gives a promise of what the function gives, and no promise of a promise', () => {
    expectTypeOf(policy.execute(() => 5)).toEqualTypeOf<Promise<number>>();
    expectTypeOf(policy.execute(async () => 5)).toEqualTypeOf<Promise<number>>();
    expectTypeOf(policy.execute(() => {})).toEqualTypeOf<Promise<void>>();
    expectTypeOf(policy.execute(async () => null)).toEqualTypeOf<Promise<null>>();
    expectTypeOf(policy.execute(() => fetch('/'))).toEqualTypeOf<Promise<Response>>();
    const maybe = (): number | Promise<string> => 5;
    expectTypeOf(policy.execute(maybe)).toEqualTypeOf<Promise<number | string>>();
  });

  it('tells the function its context', () => {
    void policy.execute((context) => {
      expectTypeOf(context).toEqualTypeOf<CallContext>();
      expectTypeOf(context.signal).toEqualTypeOf<AbortSignal>();
      expectTypeOf(context.attempt).toEqualTypeOf<number>();
      expectTypeOf(context.disarm).toEqualTypeOf<() => void>();
      expectTypeOf(context.data).toEqualTypeOf<unknown>();
    });
    void policy.execute(({ signal }) => fetch('/', { signal }));
  });

  it('takes a signal, and no other option by mistake', () => {
    expectTypeOf<{ signal: AbortSignal }>().toExtend<ExecuteOptions>();
    expectTypeOf<{ signal: undefined }>().toExtend<ExecuteOptions>();
    expectTypeOf<{ data: { tenant: string } }>().toExtend<ExecuteOptions>();
    expectTypeOf<{ signal: AbortController }>().not.toExtend<ExecuteOptions>();
    const { signal } = new AbortController();
    // @ts-expect-error -- it is spelt signal
    expectTypeOf(policy.execute(() => 1, { abortSignal: signal })).toEqualTypeOf<Promise<number>>();
  });

  it('keeps the type of a generic caller', () => {
    async function load<T>(read: () => Promise<T>): Promise<T> {
      const result = await policy.execute(read);
      return result;
    }
    expectTypeOf(load(async () => 5)).toEqualTypeOf<Promise<number>>();
  });

  it('is the same on every policy', () => {
    for (const each of policies) {
      expectTypeOf(each.execute(() => 5)).toEqualTypeOf<Promise<number>>();
    }
  });
});

describe('executeOutcome', () => {
  it('gives one of both ends, told apart by ok', async () => {
    const outcome = await policy.executeOutcome(async () => 5);
    expectTypeOf(outcome).toEqualTypeOf<Outcome<number>>();
    if (outcome.ok) expectTypeOf(outcome.value).toEqualTypeOf<number>();
    else expectTypeOf(outcome.error).toEqualTypeOf<unknown>();
  });
});

describe('executeSync', () => {
  it('gives what the function gives', () => {
    expectTypeOf(policy.executeSync(() => 5)).toEqualTypeOf<number>();
  });
});
