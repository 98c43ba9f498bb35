import { CircuitBreakerPolicy, Failsafe, RetryPolicy } from '@highway/resilience';
import { describe, expectTypeOf, it } from 'vitest';

const policy = new CircuitBreakerPolicy();

describe('a wrapped function', () => {
  it('has the parameters of the function, and gives a promise of what it gave', () => {
    const charge = policy(async (orderId: string, amount: number) => ({ orderId, amount }));
    expectTypeOf(charge).parameters.toEqualTypeOf<[orderId: string, amount: number]>();
    expectTypeOf(charge).returns.toEqualTypeOf<Promise<{ orderId: string; amount: number }>>();
    // @ts-expect-error -- the second parameter is missing
    void charge('1');
    // @ts-expect-error -- the first parameter is a string
    void charge(1, 2);
  });

  it('has the parameters after the context where it asks for that', () => {
    const charge = policy.withContext(({ signal }, orderId: string, amount?: number) => {
      expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
      return { orderId, amount };
    });
    expectTypeOf(charge).parameters.toEqualTypeOf<[orderId: string, amount?: number | undefined]>();
    expectTypeOf(charge).returns.toEqualTypeOf<
      Promise<{ orderId: string; amount: number | undefined }>
    >();
  });

  it('gives a promise also where the function gave none, and no promise of a promise', () => {
    expectTypeOf(policy(() => 5)()).toEqualTypeOf<Promise<number>>();
    expectTypeOf(policy(() => Promise.resolve(5))()).toEqualTypeOf<Promise<number>>();
    expectTypeOf(policy((): Promise<number> | string => 'x')()).toEqualTypeOf<
      Promise<number | string>
    >();
    expectTypeOf(policy((): PromiseLike<5> => Promise.resolve(5 as const))()).toEqualTypeOf<
      Promise<5>
    >();
    expectTypeOf(policy(() => {})()).toEqualTypeOf<Promise<void>>();
    expectTypeOf(
      policy((): never => {
        throw new Error();
      })(),
    ).toEqualTypeOf<Promise<never>>();
  });

  it('keeps optional and rest parameters, and defaults', () => {
    const fn = policy((a: string, b?: number, ...rest: boolean[]) => [a, b, rest]);
    expectTypeOf(fn).parameters.toEqualTypeOf<
      [a: string, b?: number | undefined, ...rest: boolean[]]
    >();
    void fn('a');
    void fn('a', 1, true, false);
    function withDefault(a: string, b = 5): number {
      return a.length + b;
    }
    expectTypeOf(policy(withDefault)).parameters.toEqualTypeOf<
      [a: string, b?: number | undefined]
    >();
  });

  it('keeps its `this`', () => {
    interface Account {
      balance: number;
    }
    const read = policy(function (this: Account, more: number) {
      return this.balance + more;
    });
    expectTypeOf(read).thisParameter.toEqualTypeOf<Account>();
    void read.call({ balance: 1 }, 2);
    const account = { balance: 1, read };
    expectTypeOf(account.read(1)).toEqualTypeOf<Promise<number>>();
    // @ts-expect-error -- there is no balance
    void read.call({}, 2);
  });

  it('keeps its type parameters', () => {
    const identity = policy(async <T>(value: T): Promise<T> => value);
    expectTypeOf(identity(5)).toEqualTypeOf<Promise<number>>();
    expectTypeOf(identity('x')).toEqualTypeOf<Promise<string>>();
    const pair = policy(async <A extends string, B>(a: A, b: B): Promise<[A, B]> => [a, b]);
    expectTypeOf(pair('x', 5)).toEqualTypeOf<Promise<['x', number]>>();
    // @ts-expect-error -- the first is a string
    void pair(5, 5);
  });

  it('gets its parameters from where it is to be used', () => {
    const handler: (id: string) => Promise<number> = policy(async (id) => id.length);
    expectTypeOf(handler).returns.toEqualTypeOf<Promise<number>>();
    const sizes = ['a'].map(policy((text: string) => text.length));
    expectTypeOf(sizes).toEqualTypeOf<Promise<number>[]>();
  });

  it('may be wrapped again, by other policies', () => {
    const retry = new RetryPolicy();
    const failsafe = new Failsafe({ policies: [retry] });
    const fn = failsafe(retry(policy((id: string) => id.length)));
    expectTypeOf(fn).parameters.toEqualTypeOf<[id: string]>();
    expectTypeOf(fn).returns.toEqualTypeOf<Promise<number>>();
  });

  it('is a function', () => {
    expectTypeOf(policy).toBeCallableWith(() => 1);
    // @ts-expect-error -- a string is none
    expectTypeOf(policy).toBeCallableWith('fn');
  });
});
