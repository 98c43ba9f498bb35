import { describe, expect, it } from 'vitest';
import { Backoff, CircuitBreakerPolicy, Failsafe, RetryPolicy } from '@highway/resilience';
import { boom, rejection, thrown } from '../support/calls.ts';
import { transparentPolicies } from '../support/policies.ts';

describe.each(transparentPolicies)('a method decorated with %s', (_name, make) => {
  it('keeps its `this`, its arguments, its name and its length', async () => {
    const policy = make();
    class Payments {
      readonly currency = 'EUR';
      @policy
      async charge(amount: number, tip = 0): Promise<string> {
        return `${amount + tip} ${this.currency}`;
      }
    }
    expect(await new Payments().charge(5)).toBe('5 EUR');
    expect(await new Payments().charge(5, 1)).toBe('6 EUR');
    expect(Payments.prototype.charge.name).toBe('charge');
    expect(Payments.prototype.charge).toHaveLength(1);
  });

  it('throws what it threw', async () => {
    const policy = make();
    class Payments {
      @policy
      async charge(): Promise<void> {
        throw boom;
      }
    }
    expect(await rejection(new Payments().charge())).toBe(boom);
  });

  it('may be static, private or named by a symbol', async () => {
    const policy = make();
    const key = Symbol('refund');
    class Payments {
      @policy
      static async list(): Promise<string> {
        return this.name;
      }
      @policy
      async #secret(): Promise<string> {
        return 'secret';
      }
      @policy
      async [key](): Promise<string> {
        return this.#secret();
      }
    }
    expect(await Payments.list()).toBe('Payments');
    expect(await new Payments()[key]()).toBe('secret');
    expect(Payments.prototype[key].name).toBe('[refund]');
  });

  it('works in a subclass, which calls the method of its superclass', async () => {
    const policy = make();
    class Base {
      @policy
      async name(): Promise<string> {
        return 'base';
      }
    }
    class Derived extends Base {
      @policy
      override async name(): Promise<string> {
        return `derived ${await super.name()}`;
      }
    }
    expect(await new Derived().name()).toBe('derived base');
  });
});

describe('a policy used as a decorator', () => {
  it('shares its state among all methods and all instances', async () => {
    const breaker = new CircuitBreakerPolicy({ failureThreshold: '2/2' });
    class Payments {
      @breaker
      async charge(): Promise<void> {
        throw boom;
      }
      @breaker
      async refund(): Promise<void> {
        throw boom;
      }
    }
    await rejection(new Payments().charge());
    await rejection(new Payments().refund());
    expect(breaker.state).toBe('OPEN');
    expect(await rejection(new Payments().charge())).toMatchObject({ code: 'ERR_CIRCUIT_OPEN' });
  });

  it('can be combined with others: the upper one is the outer one', async () => {
    const breaker = new CircuitBreakerPolicy();
    const retry = new RetryPolicy({ maxRetries: 2, backoff: Backoff.none });
    class Payments {
      @retry
      @breaker
      async retried(): Promise<void> {
        throw boom;
      }
      @breaker
      @retry
      async counted(): Promise<void> {
        throw boom;
      }
    }
    await rejection(new Payments().retried());
    expect(breaker.history.failureCount).toBe(3);
    breaker.close();
    await rejection(new Payments().counted());
    expect(breaker.history.failureCount).toBe(1);
  });

  it('does not change the method if it is an empty Failsafe', () => {
    const failsafe = new Failsafe({ policies: [] });
    const method = async (): Promise<void> => {};
    const context = { kind: 'method', name: 'method' } as ClassMethodDecoratorContext;
    expect(failsafe(method, context as never)).toBe(method);
  });

  it.each(['class', 'getter', 'setter', 'accessor'])(
    'throws for a %s, and the error names it',
    (kind) => {
      const decorate = new CircuitBreakerPolicy() as unknown as (v: unknown, c: unknown) => unknown;
      const error = thrown(() => decorate(() => 1, { kind, name: 'thing' }));
      expect(error).toBeInstanceOf(TypeError);
      expect((error as Error).message).toContain('thing');
      expect((error as Error).message).toContain(kind);
    },
  );
});

describe('a policy that is called like a decorator factory', () => {
  it('does not compile, and throws', () => {
    const policy = new CircuitBreakerPolicy();
    const define = (): unknown => {
      class Payments {
        // @ts-expect-error -- it decorates without parentheses
        @policy() async charge(): Promise<void> {}
      }
      return Payments;
    };
    const configure = (): unknown => {
      class Payments {
        // @ts-expect-error -- its options are given where it is made
        @policy({ cooldown: 5 }) async charge(): Promise<void> {}
      }
      return Payments;
    };
    expect(thrown(define)).toMatchObject({
      message: 'A policy wraps a function or decorates a method; it was called with nothing',
    });
    expect(thrown(configure)).toBeInstanceOf(TypeError);
  });
});
