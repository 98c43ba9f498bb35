import { describe, expect, it } from 'vitest';
import { CircuitBreakerPolicy, Failsafe } from '@highway/resilience';
import { boom, rejection, thrown } from '../../support/calls.ts';
import { transparentPolicies } from '../../support/policies.ts';

describe.each(transparentPolicies)('a method with the legacy decorator of %s', (_n, make) => {
  it('keeps its `this`, its arguments, its name and its length', async () => {
    const policy = make();
    class Payments {
      readonly currency = 'EUR';
      @policy
      async charge(amount: number, tip = 0): Promise<string> {
        return `${amount + tip} ${this.currency}`;
      }
    }
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

  it('may be static or named by a symbol', async () => {
    const policy = make();
    const key = Symbol('refund');
    class Payments {
      @policy
      static async list(): Promise<string> {
        return this.name;
      }
      @policy
      async [key](): Promise<string> {
        return 'refunded';
      }
    }
    expect(await Payments.list()).toBe('Payments');
    expect(await new Payments()[key]()).toBe('refunded');
  });

  it('keeps its property attributes', () => {
    const policy = make();
    class Plain {
      async charge(): Promise<void> {}
    }
    class Payments {
      @policy
      async charge(): Promise<void> {}
    }
    const [plain, decorated] = [Plain, Payments].map(({ prototype }) => {
      const { writable, enumerable, configurable } =
        Object.getOwnPropertyDescriptor(prototype, 'charge') ?? {};
      return { writable, enumerable, configurable };
    });
    expect(decorated).toEqual(plain);
  });
});

describe('a policy as a legacy decorator', () => {
  it('works if the host has no metadata', async () => {
    expect(Reflect).not.toHaveProperty('getMetadataKeys');
    const breaker = new CircuitBreakerPolicy();
    class Payments {
      @breaker
      async charge(): Promise<number> {
        return 5;
      }
    }
    expect(await new Payments().charge()).toBe(5);
    expect(breaker.history.length).toBe(1);
  });

  it('does not replace the method if it is an empty Failsafe', () => {
    const failsafe = new Failsafe({ policies: [] });
    const method = async (): Promise<void> => {};
    const descriptor = { value: method, writable: true, configurable: true, enumerable: false };
    expect(failsafe({}, 'method', descriptor).value).toBe(method);
  });

  it.each([
    ['a property', undefined],
    ['a getter', { get: () => 1, configurable: true }],
    ['a value that is not a function', { value: 5 }],
  ])('rejects %s, and the error names it', (_what, descriptor) => {
    const decorate = new CircuitBreakerPolicy() as unknown as (...args: unknown[]) => unknown;
    const error = thrown(() => decorate({}, 'amount', descriptor));
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toContain('amount');
  });
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
