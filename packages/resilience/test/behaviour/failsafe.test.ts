import { describe, expect, it } from 'vitest';
import {
  Backoff,
  CircuitBreakerPolicy,
  Failsafe,
  RetriesExceededError,
  RetryPolicy,
} from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import { boom, fail, hold, play, rejection, succeed, thrown } from '../support/calls.ts';

const quiet = { onWarning: () => {} };

describe('a Failsafe', () => {
  it('has its first policy outermost: a retry around a breaker', async () => {
    const retry = new RetryPolicy({ maxRetries: 2, backoff: Backoff.none });
    const breaker = new CircuitBreakerPolicy();
    const failsafe = new Failsafe({ policies: [retry, breaker] });
    expect(await fail(failsafe)).toBeInstanceOf(RetriesExceededError);
    expect(breaker.history.failureCount).toBe(3);
  });

  it('has its first policy outermost: a breaker around a retry', async () => {
    const retry = new RetryPolicy({ maxRetries: 2, backoff: Backoff.none });
    const breaker = new CircuitBreakerPolicy();
    const failsafe = new Failsafe({ policies: [breaker, retry], ...quiet });
    expect(await fail(failsafe)).toBeInstanceOf(RetriesExceededError);
    expect(breaker.history.failureCount).toBe(1);
  });

  it('stops retrying when the inner breaker opens', async () => {
    let runs = 0;
    const failsafe = new Failsafe({
      policies: [
        new RetryPolicy({ maxRetries: 10, backoff: Backoff.none }),
        new CircuitBreakerPolicy({ failureThreshold: '2/5' }),
      ],
    });
    const result = failsafe.execute(() => {
      runs++;
      throw boom;
    });
    expect(await rejection(result)).toMatchObject({ code: 'ERR_CIRCUIT_OPEN' });
    expect(runs).toBe(2);
  });

  it('uses the same policies as others do', async () => {
    const breaker = new CircuitBreakerPolicy({ failureThreshold: '2/2' });
    const failsafe = new Failsafe({ policies: [breaker] });
    const other = new Failsafe({ policies: [new RetryPolicy({ maxRetries: 0 }), breaker] });
    await fail(failsafe);
    await fail(other);
    expect(breaker.state).toBe('OPEN');
    expect(await rejection(succeed(failsafe))).toMatchObject({ code: 'ERR_CIRCUIT_OPEN' });
  });

  it('lists its policies in the given order', () => {
    const given = [new RetryPolicy(), new CircuitBreakerPolicy()] as const;
    const failsafe = new Failsafe({ policies: given });
    expect(failsafe.policies).toHaveLength(2);
    expect(failsafe.policies[0]).toBe(given[0]);
    expect(failsafe.policies[1]).toBe(given[1]);
    expect(new Failsafe({ policies: [] }).policies).toEqual([]);
  });

  it('is not affected by later changes of the list', async () => {
    const breaker = new CircuitBreakerPolicy();
    const given: CircuitBreakerPolicy[] = [breaker];
    const failsafe = new Failsafe({ policies: given });
    given.length = 0;
    await succeed(failsafe);
    expect(breaker.history.length).toBe(1);
    expect(failsafe.policies).toHaveLength(1);
  });
});

describe('a Failsafe without policies', () => {
  it('returns the function itself', () => {
    const failsafe = new Failsafe({ policies: [] });
    const fn = (): number => 5;
    expect(failsafe(fn)).toBe(fn);
  });

  it('shows no name in its settings if it has none', () => {
    const { name } = new Failsafe({ policies: [] }).settings;
    expect(name).toBeUndefined();
  });

  it('executes functions with a context and the caller’s signal', async () => {
    const failsafe = new Failsafe({ policies: [] });
    expect(await failsafe.execute(({ attempt }) => attempt)).toBe(1);
    expect(await fail(failsafe)).toBe(boom);
    const signal = AbortSignal.abort('mine');
    expect(await rejection(failsafe.execute(() => 1, { signal }))).toBe('mine');
  });
});

describe('a Failsafe in a Failsafe', () => {
  it('works like a flat one', async () => {
    const [outer, inner] = [
      new RetryPolicy({ maxRetries: 1, backoff: Backoff.none }),
      new RetryPolicy({ maxRetries: 2, backoff: Backoff.none }),
    ];
    const breaker = new CircuitBreakerPolicy();
    const nested = new Failsafe({
      policies: [outer, new Failsafe({ policies: [inner, breaker] })],
    });
    const error = await fail(nested);
    expect(breaker.history.failureCount).toBe(6);
    expect(error).toMatchObject({ attempts: 2, cause: { attempts: 3, cause: boom } });
  });

  it('may be empty', async () => {
    const breaker = new CircuitBreakerPolicy();
    const empty = new Failsafe({ policies: [] });
    const failsafe = new Failsafe({ policies: [empty, breaker] });
    expect(await failsafe(async (n: number) => n)(5)).toBe(5);
    expect(breaker.history.length).toBe(1);
    const onlyEmpty = new Failsafe({ policies: [empty] });
    expect(await onlyEmpty(async (n: number) => n)(5)).toBe(5);
  });

  it('passes an abort on to the inner policies at once', async () => {
    const breaker = new CircuitBreakerPolicy();
    breaker.halfOpen();
    const inner = new Failsafe({ policies: [breaker] });
    const failsafe = new Failsafe({ policies: [new RetryPolicy(), inner] });
    const caller = new AbortController();
    const calls = Array.from({ length: 3 }, () => hold(failsafe, { signal: caller.signal }));
    expect(hold(breaker).ran).toBe(false);
    caller.abort();
    expect(hold(breaker).ran).toBe(true);
    await Promise.all(calls.map((call) => call.fail()));
    expect(breaker.history.length).toBe(0);
  });
});

describe('the same policy twice', () => {
  const breaker = new CircuitBreakerPolicy({ name: 'payments' });
  const retry = new RetryPolicy();

  it.each([
    ['side by side', () => new Failsafe({ policies: [breaker, breaker] })],
    ['apart', () => new Failsafe({ policies: [breaker, retry, breaker], ...quiet })],
    [
      'in an inner Failsafe',
      () => new Failsafe({ policies: [breaker, new Failsafe({ policies: [breaker] })] }),
    ],
    [
      'in two Failsafes',
      () =>
        new Failsafe({
          policies: [new Failsafe({ policies: [breaker] }), new Failsafe({ policies: [breaker] })],
        }),
    ],
  ])('is rejected, and the error names the option: %s', (_where, make) => {
    const error = thrown(make);
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toContain('policies');
    expect((error as Error).message).toContain('payments');
  });

  it('is not the same as another one with equal options', () => {
    const policies = [new CircuitBreakerPolicy(), new CircuitBreakerPolicy()];
    expect(new Failsafe({ policies }).policies).toHaveLength(2);
  });
});

describe('the options of a Failsafe', () => {
  it.each([undefined, null, 5, 'policies', {}, new RetryPolicy()])(
    'must be policies in a list, not %o',
    (value) => {
      const error = thrown(() => new Failsafe({ policies: value as never }));
      expect((error as Error).message).toContain('policies');
    },
  );

  it.each([undefined, null, 5, () => 1, {}, 'retry'])(
    'must not include %o among the policies',
    (value) => {
      const error = thrown(() => new Failsafe({ policies: [new RetryPolicy(), value as never] }));
      expect(error).toBeInstanceOf(TypeError);
      expect((error as Error).message).toContain('policies');
    },
  );
});

describe('three policies in a chain', () => {
  it('see an outcome one after the other, the innermost first', async () => {
    const order: string[] = [];
    const clock = new ManualClock();
    const judge = (name: string) =>
      new CircuitBreakerPolicy({ clock, handle: () => order.push(name) > 0 });
    const failsafe = new Failsafe({ policies: [judge('outer'), judge('middle'), judge('inner')] });
    await play(failsafe, '0');
    expect(order).toEqual(['inner', 'middle', 'outer']);
  });
});
