import { CircuitBreakerPolicy, Failsafe, RetryPolicy } from '@highway/resilience';
import { describe, expectTypeOf, it } from 'vitest';

const breaker = new CircuitBreakerPolicy();
const retry = new RetryPolicy();
const failsafe = new Failsafe({ policies: [retry, breaker] });

class Payments {
  readonly currency = 'EUR';

  @breaker
  async charge(orderId: string, amount = 1, ...tags: string[]): Promise<string> {
    return [orderId, amount, this.currency, ...tags].join(' ');
  }

  @retry
  @breaker
  @failsafe
  async echo<T>(value: T): Promise<T> {
    return value;
  }

  @breaker
  static async list(this: typeof Payments): Promise<Payments[]> {
    return [new this()];
  }

  @breaker
  protected async secret(this: this): Promise<void> {}
}

describe('a decorated method', () => {
  it('keeps its type', () => {
    const payments = new Payments();
    expectTypeOf(payments.charge).parameters.toEqualTypeOf<
      [orderId: string, amount?: number | undefined, ...tags: string[]]
    >();
    expectTypeOf(payments.charge).returns.toEqualTypeOf<Promise<string>>();
    expectTypeOf(payments.echo(5)).toEqualTypeOf<Promise<number>>();
    expectTypeOf(Payments.list()).toEqualTypeOf<Promise<Payments[]>>();
  });

  it('returns a promise, since a policy makes it one', () => {
    class Wrong {
      // @ts-expect-error -- its callers would get a promise where they expect a number
      @breaker
      compute(): number {
        return 5;
      }
    }
    expectTypeOf<Wrong['compute']>().returns.toEqualTypeOf<number>();
  });

  it('is a method', () => {
    class Wrong {
      // @ts-expect-error -- a getter is none
      @breaker
      get amount(): number {
        return 5;
      }
    }
    expectTypeOf<Wrong['amount']>().toEqualTypeOf<number>();
  });
});
