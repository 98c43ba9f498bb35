import { describe, expect, it } from 'vitest';
import { CircuitBreakerPolicy, Failsafe, RetryPolicy } from '@highway/resilience';
import { boom, fail, play, rejection, succeed, thrown } from '../support/calls.ts';
import { transparentPolicies } from '../support/policies.ts';

describe.each(transparentPolicies)('a function wrapped by %s', (_name, make) => {
  it('gets every argument, and its value is returned', async () => {
    const sum = make()((...numbers: number[]) => numbers.reduce((a, b) => a + b, 0));
    expect(await sum()).toBe(0);
    expect(await sum(1, 2, 3, 4, 5)).toBe(15);
  });

  it('gets no additional argument', async () => {
    const count = make()(async (...args: unknown[]) => args.length);
    expect(await count()).toBe(0);
  });

  it('keeps its `this`', async () => {
    const account = {
      balance: 7,
      read: make()(async function (this: { balance: number }, more: number) {
        return this.balance + more;
      }),
    };
    expect(await account.read(1)).toBe(8);
    expect(await account.read.call({ balance: 1 }, 1)).toBe(2);
  });

  it('keeps its name and its length', () => {
    async function charge(id: string, amount: number, ...rest: unknown[]): Promise<unknown> {
      return [id, amount, rest];
    }
    const wrapped = make()(charge);
    expect(wrapped.name).toBe('charge');
    expect(wrapped).toHaveLength(2);
    expect(make()(async () => {}).name).toBe('');
  });

  it('gets its context before its arguments if it asks for it', async () => {
    const account = {
      balance: 7,
      read: make().withContext(async function charge(
        this: { balance: number },
        { signal, attempt, disarm },
        more: number,
        ...rest: string[]
      ) {
        disarm();
        return [this.balance + more, rest, attempt, signal.aborted];
      }),
    };
    expect(await account.read(1, 'a', 'b')).toEqual([8, ['a', 'b'], 1, false]);
    expect(account.read.name).toBe('charge');
    expect(account.read).toHaveLength(1);
    expect(await rejection(make().withContext(() => Promise.reject(boom))())).toBe(boom);
    expect(thrown(() => make().withContext(5 as never))).toBeInstanceOf(TypeError);
  });

  it('throws exactly what it threw', async () => {
    for (const error of [boom, 'text', 0, null, undefined, { code: 'E' }, Symbol('s')]) {
      const throwing = make()(async () => {
        throw error as Error;
      });
      const rejecting = make()(() => Promise.reject(error as Error));
      expect(await rejection(throwing())).toBe(error);
      expect(await rejection(rejecting())).toBe(error);
    }
  });

  it('returns every value unchanged', async () => {
    const object = {};
    for (const value of [object, undefined, null, 0, '', false, Symbol.iterator, () => 1]) {
      expect(await make()(() => value)()).toBe(value);
    }
  });

  it('waits for any object with a `then`', async () => {
    const thenable = {
      then: (resolve: (value: string) => void) => resolve('later'),
    };
    const wrapped = make()(() => thenable as PromiseLike<string>);
    expect(await wrapped()).toBe('later');
  });

  it('can run many times, concurrently and in sequence', async () => {
    const double = make()(async (n: number) => n * 2);
    expect(await Promise.all([1, 2, 3].map((n) => double(n)))).toEqual([2, 4, 6]);
    expect(await double(4)).toBe(8);
  });
});

const promising = transparentPolicies.filter(([name]) => name !== 'an empty Failsafe');

describe.each(promising)('the function that %s returns', (_name, make) => {
  it('is not the original function', () => {
    const fn = (): number => 1;
    expect(make()(fn)).not.toBe(fn);
    expect(make()(fn)).toBeTypeOf('function');
  });

  it('returns a promise even if the original returns none', async () => {
    const wrapped = make()(() => 5);
    const result = wrapped();
    expect(result).toBeInstanceOf(Promise);
    expect(await result).toBe(5);
  });

  it('returns a rejected promise if the original throws synchronously', async () => {
    const wrapped = make()((): number => {
      throw boom;
    });
    expect(await rejection(wrapped())).toBe(boom);
  });
});

describe.each(transparentPolicies)('execute of %s', (_name, make) => {
  it('returns a promise of the function’s value', async () => {
    const result = make().execute(() => 5);
    expect(result).toBeInstanceOf(Promise);
    expect(await result).toBe(5);
    expect(await make().execute(async () => 'later')).toBe('later');
  });

  it('rejects with what the function throws', async () => {
    expect(await fail(make())).toBe(boom);
    expect(await rejection(make().execute(async () => Promise.reject(boom)))).toBe(boom);
  });

  it('accepts options without a signal', async () => {
    expect(await make().execute(() => 1, {})).toBe(1);
    expect(await make().execute(() => 1, { signal: undefined })).toBe(1);
    expect(await make().execute(() => 1, { signal: null })).toBe(1);
  });
});

describe('a policy', () => {
  it('is a function', () => {
    for (const [, make] of transparentPolicies) expect(make()).toBeTypeOf('function');
  });

  it('is an instance of its class, and has its name', () => {
    const breaker = new CircuitBreakerPolicy({ name: 'payments' });
    expect(breaker).toBeInstanceOf(CircuitBreakerPolicy);
    expect(breaker).toBeInstanceOf(Function);
    expect(breaker.name).toBe('payments');
    expect(new RetryPolicy({ name: 'again' }).name).toBe('again');
    expect(new Failsafe({ name: 'chain', policies: [] }).name).toBe('chain');
  });

  it('shares its one state among all functions that it protects', async () => {
    const breaker = new CircuitBreakerPolicy({ failureThreshold: '3/3' });
    const failing = breaker(async () => {
      throw boom;
    });
    const other = breaker(async () => 'fine');
    await rejection(failing());
    await fail(breaker);
    expect(breaker.history.failureCount).toBe(2);
    await rejection(failing());
    expect(await rejection(other())).toMatchObject({ code: 'ERR_CIRCUIT_OPEN' });
    expect(await rejection(succeed(breaker))).toMatchObject({ code: 'ERR_CIRCUIT_OPEN' });
  });

  it('shares no state with another one with the same options', async () => {
    const options = { failureThreshold: '1/1' } as const;
    const one = new CircuitBreakerPolicy(options);
    const other = new CircuitBreakerPolicy(options);
    await play(one, '0');
    expect([one.state, other.state]).toEqual(['OPEN', 'CLOSED']);
  });

  it('wraps a function that another policy has wrapped', async () => {
    const breaker = new CircuitBreakerPolicy();
    const retry = new RetryPolicy();
    async function charge(amount: number): Promise<number> {
      return amount;
    }
    const wrapped = retry(breaker(charge));
    expect(await wrapped(5)).toBe(5);
    expect(wrapped.name).toBe('charge');
    expect(breaker.history.length).toBe(1);
  });

  it.each([undefined, null, 5, 'fn', {}, []])('does not wrap %o, and throws', (value) => {
    const error = thrown(() => new CircuitBreakerPolicy()(value as never));
    expect(error).toBeInstanceOf(TypeError);
  });

  it('rejects if it is to execute something other than a function', async () => {
    const error = await rejection(new CircuitBreakerPolicy().execute(5 as never));
    expect(error).toBeInstanceOf(TypeError);
  });
});
