import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Backoff, CircuitBreakerPolicy, Failsafe, RetryPolicy } from '@highway/resilience';
import { installMetadata, metadataOf, note } from '../../support/metadata.ts';

describe('the metadata of a decorated method', () => {
  let restore: () => void;

  beforeEach(() => {
    restore = installMetadata();
  });

  afterEach(() => {
    restore();
  });

  it('is kept whatever the order of the decorators', async () => {
    const breaker = new CircuitBreakerPolicy();
    const retry = new RetryPolicy({ backoff: Backoff.none });
    const guard = Symbol('guard');

    class Payments {
      @breaker
      @note('path', '/above')
      @note(guard, 'admin')
      async above(): Promise<string> {
        return 'above';
      }

      @note('path', '/below')
      @note(guard, 'admin')
      @breaker
      async below(): Promise<string> {
        return 'below';
      }

      @note('path', '/between')
      @retry
      @note(guard, 'admin')
      @breaker
      async between(): Promise<string> {
        return 'between';
      }
    }

    const payments = new Payments();
    for (const name of ['above', 'below', 'between'] as const) {
      expect(metadataOf('path', payments[name])).toBe(`/${name}`);
      expect(metadataOf(guard, payments[name])).toBe('admin');
      expect(payments[name].name).toBe(name);
      expect(await payments[name]()).toBe(name);
    }
    expect(breaker.history.length).toBe(3);
  });

  it('is kept through a Failsafe, even an empty one', () => {
    const failsafe = new Failsafe({ policies: [new CircuitBreakerPolicy()] });
    const empty = new Failsafe({ policies: [] });

    class Payments {
      @failsafe
      @empty
      @note('path', '/charge')
      async charge(): Promise<void> {}
    }

    expect(metadataOf('path', Payments.prototype.charge)).toBe('/charge');
  });

  it('is not shared between the method and its replacement', () => {
    const breaker = new CircuitBreakerPolicy();
    let inner: object = {};
    const keep = (_target: object, _name: string, descriptor: PropertyDescriptor): void => {
      inner = descriptor.value as object;
    };

    class Payments {
      @note('path', '/outer')
      @breaker
      @keep
      @note('path', '/inner')
      async charge(): Promise<void> {}
    }

    expect(metadataOf('path', Payments.prototype.charge)).toBe('/outer');
    expect(metadataOf('path', inner)).toBe('/inner');
  });
});
