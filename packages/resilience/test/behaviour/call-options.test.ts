import { describe, expect, it } from 'vitest';
import { CachePolicy, CircuitBreakerPolicy, RetryPolicy } from '@highway/resilience';
import { boom, rejection, thrown } from '../support/calls.ts';
import { transparentPolicies } from '../support/policies.ts';
import { unhandledRejections } from '../support/unhandled-rejections.ts';

const rejected: readonly (readonly [name: string, options: () => unknown, message: RegExp])[] = [
  ['a signal itself', () => AbortSignal.abort(boom), /an object, got an AbortSignal$/],
  ['a controller', () => new AbortController(), /an object, got an AbortController$/],
  ['a misspelt signal', () => ({ sginal: AbortSignal.abort() }), /unknown option "sginal".*signal/],
  ['an option of a policy', () => ({ timeout: 5 }), /unknown option "timeout"/],
  ['an unknown option of no value', () => ({ timeout: undefined }), /unknown option "timeout"/],
  ['a controller as the signal', () => ({ signal: new AbortController() }), /^signal: an AbortCon/],
  ['a true signal', () => ({ signal: true }), /^signal: true is not an AbortSignal/],
  ['a promised signal', () => ({ signal: Promise.reject(boom) }), /^signal: a Promise is not/],
  ['an event target', () => ({ signal: new EventTarget() }), /^signal: an EventTarget is not/],
  ['a promise', () => Promise.reject(boom), /got a Promise$/],
  ['a number', () => 5000, /got 5000$/],
  ['a text', () => 'key', /got "key"$/],
  ['null', () => null, /got null$/],
  ['a list', () => [], /got an array/],
  ['a function', () => () => 1, /got a function$/],
];

describe.each(transparentPolicies)('%s', (_kind, make) => {
  it.each(rejected)(
    'rejects %s as the options of a call, and runs nothing',
    async (_, options, message) => {
      let ran = false;
      const lost = await unhandledRejections(async () => {
        const policy = make();
        const run = (): boolean => (ran = true);
        const error = await rejection(policy.execute(run, options() as never));
        expect(error).toBeInstanceOf(TypeError);
        expect((error as Error).message).toMatch(message);
        const outcome = await policy.executeOutcome(run, options() as never);
        expect(outcome).toEqual({ ok: false, error: expect.any(TypeError) as unknown });
      });
      expect(lost).toEqual([]);
      expect(ran).toBe(false);
    },
  );
});

describe('the options of a call', () => {
  it('may be undefined, and need neither a signal nor a key', async () => {
    const retry = new RetryPolicy();
    const none = [undefined, {}, { signal: undefined }, { signal: null }, { key: undefined }];
    for (const options of none) expect(await retry.execute(() => 1, options)).toBe(1);
    expect(await retry.execute(() => 1, Object.create(null) as object)).toBe(1);
  });

  it('accept a signal that another implementation made', async () => {
    const signal = { aborted: false, addEventListener: () => {}, removeEventListener: () => {} };
    expect(await new RetryPolicy().execute(() => 1, { signal: signal as never })).toBe(1);
  });

  it('are rejected in a synchronous call, which nothing could cancel', () => {
    const cache = new CachePolicy({ ttl: 5 });
    const error = thrown(() => cache.executeSync(() => 1, { key: 'k' } as never));
    expect(error).toMatchObject({
      name: 'TypeError',
      message: expect.stringContaining('no options') as unknown,
    });
  });
});

describe('the manual control of a breaker', () => {
  it('throws for unknown options and for options that are not an object', () => {
    const breaker = new CircuitBreakerPolicy();
    for (const options of [5000, '5s', { fro: '5s' }, { cooldown: 5 }, null]) {
      expect(
        thrown(() => {
          breaker.open(options as never);
        }),
      ).toMatchObject({ message: expect.stringMatching(/^open: /) as unknown });
    }
    for (const options of [true, { rampup: true }, 'ramp']) {
      expect(
        thrown(() => {
          breaker.close(options as never);
        }),
      ).toMatchObject({ message: expect.stringMatching(/^close: /) as unknown });
    }
    expect(() => {
      breaker.close({ rampUp: 'yes' as never });
    }).toThrow('rampUp: "yes"');
    expect(breaker.state).toBe('CLOSED');
  });

  it('accepts a `for` and a `rampUp` that are undefined', () => {
    const breaker = new CircuitBreakerPolicy({ cooldown: 70 });
    breaker.open({ for: undefined });
    expect(breaker.state).toBe('OPEN');
    breaker.close({ rampUp: undefined });
    expect(breaker.state).toBe('CLOSED');
  });
});

describe('retry.decide()', () => {
  it('throws for an unknown key, such as a misspelled error', () => {
    const retry = new RetryPolicy();
    expect(() => retry.decide({ attempt: 1, eror: boom } as never)).toThrow('"eror"');
  });
});
