import vm from 'node:vm';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type * as Package from '@highway/resilience';
import {
  Backoff,
  CircuitBreakerPolicy,
  consecutive,
  Failsafe,
  FallbackPolicy,
  Fraction,
  isRejection,
  isResilienceError,
  PolicyRegistry,
  RetryPolicy,
  slow,
  toMs,
} from '@highway/resilience';
import { boom, fail, rejection, thrown } from '../support/calls.ts';
import { unhandledRejections } from '../support/unhandled-rejections.ts';

const elsewhere = (code: string): never => vm.runInNewContext(code) as never;

describe('plain data of another realm', () => {
  it('is accepted for options, and for values in them', () => {
    const registry = new PolicyRegistry(
      elsewhere(`({
        retry: { maxRetries: 2, backoff: { minDelay: 10, maxDelay: 100 }, budget: { ratio: 0.1 } },
        circuitBreaker: {
          cooldown: { minDelay: '1s', maxDelay: '1m' },
          failureThreshold: [{ type: 'consecutive', failures: 3 }, '2/5'],
        },
        timeout: { timeout: { seconds: 2 } },
      })`),
    );
    expect(registry.retry('a').settings).toMatchObject({
      maxRetries: 2,
      backoff: { minDelay: 10, maxDelay: 100 },
      budget: { ratio: 0.1 },
    });
    expect(registry.circuitBreaker('a').settings).toMatchObject({
      cooldown: { minDelay: 1000 },
      failureThreshold: [{ type: 'consecutive', failures: 3 }, '2/5'],
    });
    expect(registry.timeout('a').settings).toMatchObject({ timeout: 2000 });
  });

  it('is recognized as unchanged by a registry that reloads', () => {
    const text = '({ retry: { backoff: { minDelay: 10, maxDelay: 100 } } })';
    const registry = new PolicyRegistry(elsewhere(text));
    const before = registry.retry('a');
    registry.reload(elsewhere(text));
    expect(registry.retry('a')).toBe(before);
  });

  it('is accepted for a call’s options, a duration, a list and a snapshot', async () => {
    expect(await new RetryPolicy().execute(() => 5, elsewhere('({})'))).toBe(5);
    expect(toMs('option', elsewhere('({ minutes: 1 })'))).toBe(60_000);
    const { policies } = new Failsafe({ policies: [new RetryPolicy()] });
    expect(new Failsafe({ policies: [...policies] as never }).policies).toHaveLength(1);
    const breaker = new CircuitBreakerPolicy();
    breaker.open();
    const stored = JSON.stringify(breaker);
    const initialState = elsewhere(`(${stored})`);
    expect(new CircuitBreakerPolicy({ initialState }).state).toBe('OPEN');
  });

  it('must not be a promise, Map or list', () => {
    for (const code of ['Promise.resolve({})', 'new Map()', '[]', 'new Date()', '(() => ({}))']) {
      expect(() => new RetryPolicy(elsewhere(code))).toThrow(/options must be an object/);
    }
  });
});

describe('errors and promises of another realm', () => {
  it('are rethrown with their class and a cause', async () => {
    const own = elsewhere('new RangeError("elsewhere")') as RangeError;
    const error = await fail(new FallbackPolicy({ fallback: () => Promise.reject(own) }));
    expect(error).toMatchObject({ message: 'elsewhere', name: 'RangeError', cause: boom });
    expect(own.cause).toBeUndefined();
  });

  it('are no valid answer of a predicate, and do not end the process', async () => {
    const handle = elsewhere('async () => { throw new Error("lost") }');
    const lost = await unhandledRejections(async () => {
      expect(await fail(new RetryPolicy({ handle }))).toMatchObject({
        message: expect.stringMatching(/^handle: returned a Promise/) as unknown,
      });
    });
    expect(lost).toEqual([]);
  });

  it('are reported if a listener throws them', async () => {
    const warnings: unknown[] = [];
    const listener = (warning: unknown): void => void warnings.push(warning);
    process.on('warning', listener);
    const retry = new RetryPolicy();
    retry.on('failure', elsewhere('() => { throw new Error("from elsewhere") }'));
    await rejection(retry.execute(() => Promise.reject(boom)));
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', listener);
    expect(warnings).toMatchObject([{ message: 'from elsewhere' }]);
  });

  it('include classes and functions that are recognized as such', () => {
    expect(() => new RetryPolicy({ handle: elsewhere('TypeError') })).toThrow(
      'a class (TypeError)',
    );
    expect(() => new RetryPolicy({ handle: elsewhere('() => true') })).not.toThrow();
  });

  it('are not errors of a policy, and reach the caller unchanged (cockatiel #97)', async () => {
    const foreign: unknown = vm.runInNewContext('new Error("foreign")');
    expect(foreign).not.toBeInstanceOf(Error);
    expect(isResilienceError(foreign)).toBe(false);
    expect(await fail(new CircuitBreakerPolicy({ failureThreshold: '1/1' }), foreign)).toBe(
      foreign,
    );
    expect(await fail(new RetryPolicy({ maxRetries: 0 }), foreign)).toMatchObject({
      message: 'Gave up after 1 attempt: foreign',
      cause: foreign,
    });
  });
});

describe('objects of another copy of the package', () => {
  let other: typeof Package;
  beforeAll(async () => {
    vi.resetModules();
    other = await import('@highway/resilience');
  });

  it('are accepted as values', () => {
    expect(other.Fraction).not.toBe(Fraction);
    const breaker = new CircuitBreakerPolicy({
      failureThreshold: [
        new other.Fraction(2, 5),
        other.consecutive(3),
        other.slow(0.5, { slowerThan: '1s' }),
      ],
      successThreshold: new other.Fraction(1, 2),
      cooldown: other.Backoff.fixed(50),
    });
    const same = new CircuitBreakerPolicy({
      failureThreshold: [new Fraction(2, 5), consecutive(3), slow(0.5, { slowerThan: '1s' })],
      successThreshold: new Fraction(1, 2),
      cooldown: Backoff.fixed(50),
    });
    expect(same.settings).toMatchObject({ successThreshold: '1/2', cooldown: { minDelay: 50 } });
    expect(breaker.settings).toMatchObject({ successThreshold: '1/2', cooldown: { minDelay: 50 } });
    expect(breaker.settings).toEqual(same.settings);
  });

  it('are accepted as the backoff and the budget of a retry', async () => {
    const retry = new RetryPolicy({
      maxRetries: 1,
      backoff: other.Backoff.none,
      budget: new other.RetryBudget(),
    });
    let calls = 0;
    await rejection(
      retry.execute(() => {
        calls++;
        throw boom;
      }),
    );
    expect(calls).toBe(2);
  });

  it('are recognized as errors of a policy', async () => {
    const breaker = new other.CircuitBreakerPolicy();
    breaker.open();
    expect(isRejection(await fail(breaker as never))).toBe(true);
  });

  it('are rejected by name if they are policies in a chain', () => {
    const policies = [new other.RetryPolicy({ name: 'orders' })] as never;
    const { message } = thrown(() => new Failsafe({ policies })) as Error;
    expect(message).toMatch(
      /^policies\[0\]: a RetryPolicy \(orders\) is from another copy of @highway\/resilience/,
    );
    expect(message).toContain('RetryPolicy (orders)');
  });

  it('are recognized as misuse, which no policy of this copy counts as an outcome', () => {
    const inner = new other.CircuitBreakerPolicy();
    const outer = new CircuitBreakerPolicy({ failureThreshold: '1/1' });
    const misuse = (): unknown => inner.executeSync(() => Promise.resolve(1));
    expect(thrown(() => outer.executeSync(misuse))).toBeInstanceOf(TypeError);
    expect([outer.state, outer.history.length]).toEqual(['CLOSED', 0]);
  });
});
