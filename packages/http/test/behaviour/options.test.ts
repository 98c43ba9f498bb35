import { createFetch } from '@highway/http';
import type { CreateFetchOptions } from '@highway/http';
import {
  BulkheadFullError,
  isRejection,
  isTimeout,
  RateLimitExceededError,
  Backoff,
  consecutive,
} from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import { describe, expect, it } from 'vitest';
import { inBrowser, networkError } from '../support/host.ts';
import { useOrigin } from '../support/origin.ts';
import { probe } from '../support/probe.ts';

const origin = useOrigin();
const retry = { maxRetries: 2, backoff: Backoff.none, budget: false } as const;
const attemptsAt = async (url: string): Promise<number> =>
  (await origin.counts(url)).arrivals.length;

describe('createFetch', () => {
  it.each<[string, unknown]>([
    ['unknown option "retires"', { retires: 3 }],
    ['name', { name: '' }],
    ['clock', { clock: {} }],
    ['random', { random: 1 }],
    ['fetch', { fetch: 'fetch' }],
    ['concurrency', { concurrency: 0 }],
    ['totalTimeout', { totalTimeout: 'soon' }],
    ['totalTimeout', { totalTimeout: 0 }],
    ['attemptTimeout', { attemptTimeout: -1 }],
    ['bodyTimeout', { bodyTimeout: true }],
    ['retry', { retry: true }],
    ['retry: options', { retry: 3 }],
    ['retry: unknown option "max"', { retry: { max: 1 } }],
    ['retry.maxRetries', { retry: { maxRetries: -1 } }],
    ['retry.backoff', { retry: { backoff: 100 } }],
    ['retry.budget', { retry: { budget: 0.2 } }],
    ['retry.statuses', { retry: { statuses: [99] } }],
    ['retry.methods', { retry: { methods: 'GET' } }],
    ['breaker', { breaker: true }],
    ['breaker.per', { breaker: { per: 'host' } }],
    ['breaker.maxKeys', { breaker: { maxKeys: 0 } }],
    ['failureThreshold', { breaker: { failureThreshold: '3' } }],
    ['breaker: unknown option "handle"', { breaker: { handle: () => true } }],
    ['hedge', { hedge: true }],
    ['delay', { hedge: {} }],
    ['limit', { rateLimit: { per: '1s' } }],
    ['rejectOnStatus', { rejectOnStatus: 1 }],
    ['classify', { classify: 'success' }],
    ['deadline', { deadline: 'yes' }],
  ])('reports that %s is invalid', (message, options) => {
    expect(() => createFetch(options as CreateFetchOptions)).toThrow(message);
  });

  it('has no policy where options are false', async () => {
    const client = createFetch({
      concurrency: false,
      totalTimeout: false,
      attemptTimeout: false,
      bodyTimeout: false,
      retry: false,
      breaker: false,
    });
    const url = origin.url({ status: 503 });
    expect((await client(url)).status).toBe(503);
    expect([client.policies, await attemptsAt(url)]).toEqual([[], 1]);
  });

  it('lists its policies, with a circuit for each origin', async () => {
    const client = createFetch({
      name: 'api',
      hedge: { delay: '1s' },
      rateLimit: { limit: 9, per: '1s' },
    });
    await client(origin.url({}));
    expect(client.policies.map(String)).toEqual([
      'BulkheadPolicy "api"',
      'TimeoutPolicy "api"',
      'RetryPolicy "api"',
      'HedgePolicy "api"',
      'RateLimiterPolicy "api"',
      'TimeoutPolicy "api attempt"',
      `CircuitBreakerPolicy "api ${origin.address}"`,
    ]);
  });

  it('sheds calls beyond its concurrency, and frees the slot at the headers', async () => {
    const client = createFetch({ concurrency: 1, retry: false });
    const slow = client(origin.url({ stall: true, bytes: 100, delayMs: 20 }));
    const shed = await client(origin.url({})).catch((error: unknown) => error);
    expect(shed).toBeInstanceOf(BulkheadFullError);
    const response = await slow;
    expect((await client(origin.url({}))).status).toBe(200);
    expect(client.stats()).toMatchObject({ calls: 3, attempts: 2, rejected: 1, shed: 1 });
    await response.body!.cancel();
  });

  it('limits the rate of attempts, to all origins together', async () => {
    const client = createFetch({ retry, rateLimit: { limit: 2, per: '1h' } });
    const response = await client(origin.url({ status: 503 }));
    // The third attempt found no permit.
    expect([response.status, client.stats().attempts]).toEqual([503, 2]);
    await expect(client(origin.url({}))).rejects.toBeInstanceOf(RateLimitExceededError);
  });

  it('sends nothing after its time, although it has waited for the rate limit', async () => {
    const clock = new ManualClock();
    const attempts = probe(clock);
    const rateLimit = { limit: 1, per: '1m', maxWait: '5m' };
    const client = createFetch({ clock, fetch: attempts.fetch, totalTimeout: '1s', rateLimit });
    await client(origin.url({}));
    const late = client(origin.url({})).catch((error: unknown) => error);
    await clock.advance('1s');
    expect(isTimeout(await late)).toBe(true);
    await clock.advance('10m');
    expect([attempts.starts.length, clock.pendingTimers]).toEqual([1, 0]);
  });

  it('keeps a circuit for what per returns', async () => {
    const client = createFetch({
      retry: false,
      breaker: {
        per: ({ url, method }) => `${method} ${new URL(url).pathname.length > 5 ? 'long' : ''}`,
        failureThreshold: consecutive(1),
      },
    });
    await client(origin.url({ status: 500 }));
    await expect(client(origin.url({})).catch(isRejection)).resolves.toBe(true);
    expect((await client(origin.url({}), { method: 'POST' })).status).toBe(200);
    expect(client.circuits().map(({ key, state }) => [key, state])).toEqual([
      ['GET long', 'OPEN'],
      ['POST long', 'CLOSED'],
    ]);
    expect(Object.keys(client.stats().byOrigin)).toEqual(['GET long', 'POST long']);
    const careless = createFetch({ breaker: { per: () => 1 as never } });
    await expect(careless(origin.url({}))).rejects.toThrow(/^breaker\.per: /);
  });

  it('opens the circuit of an origin, and closes it after the cooldown', async () => {
    const clock = new ManualClock();
    const states: string[] = [];
    const client = createFetch({
      clock,
      retry: false,
      breaker: { onStateChange: (_, from, to) => states.push(`${from} > ${to}`) },
    });
    const url = origin.url({ status: 500 });
    for (let call = 0; call < 10; call++) await client(url);
    expect(client.circuits()).toEqual([{ key: origin.address, state: 'OPEN', retryAfter: 5_000 }]);
    await expect(client(url)).rejects.toMatchObject({ code: 'ERR_CIRCUIT_OPEN' });
    await clock.advance('5s');
    for (let call = 0; call < 10; call++) await client(origin.url({}));
    expect(states).toEqual(['CLOSED > OPEN', 'OPEN > HALF_OPEN', 'HALF_OPEN > CLOSED']);
  });

  it('never counts 429 and 404 against a circuit', async () => {
    const client = createFetch({ retry: false, breaker: { failureThreshold: consecutive(1) } });
    for (const status of [429, 404, 425, 501]) await client(origin.url({ status }));
    expect(client.circuits()[0]!.state).toBe('CLOSED');
  });

  it('retries other statuses and methods if it is told to', async () => {
    const client = createFetch({
      breaker: false,
      retry: { ...retry, statuses: [404, 429], methods: ['post'] },
    });
    const counts: number[] = [];
    for (const status of [404, 503, 429]) {
      for (const method of ['POST', 'GET']) {
        const url = origin.url({ status });
        await client(url, { method });
        counts.push(await attemptsAt(url));
      }
    }
    expect(counts).toEqual([3, 1, 1, 1, 3, 3]);
  });

  it('tells the server how much time is left, minus 5 %', async () => {
    const clock = new ManualClock();
    const attempts = probe(clock);
    const { fetch } = attempts;
    const client = createFetch({
      clock,
      fetch,
      totalTimeout: '10s',
      attemptTimeout: '8s',
      retry: { backoff: Backoff.fixed('4s') },
      deadline: true,
    });
    const url = origin.url({ status: 503 }, {});
    const call = client(url, { headers: { 'x-own': 'yes' } });
    await attempts.ended(1);
    await clock.advance('4s');
    await call;
    const { arrivals } = await origin.counts(url);
    expect(arrivals.map(({ headers }) => headers['x-highway-timeout-ms'])).toEqual([
      '7600',
      '5700',
    ]);
    expect(arrivals.map(({ headers }) => headers['x-own'])).toEqual(['yes', 'yes']);
  });

  it('keeps the time to itself if it is told to, or if there is no limit', async () => {
    for (const options of [
      { deadline: false },
      { deadline: () => false },
      { totalTimeout: false, attemptTimeout: false },
    ] as const) {
      const url = origin.url({});
      await createFetch(options)(url);
      const { arrivals } = await origin.counts(url);
      expect(arrivals[0]!.headers['x-highway-timeout-ms']).toBeUndefined();
    }
    const own = origin.url({});
    await createFetch()(new Request(own, { headers: { 'X-Highway-Timeout-Ms': '5' } }));
    expect((await origin.counts(own)).arrivals[0]!.headers['x-highway-timeout-ms']).toBe('5');
  });
});

describe('classify', () => {
  it('judges answers in place of the table', async () => {
    const client = createFetch({
      retry,
      breaker: { failureThreshold: consecutive(1) },
      classify: ({ response }, { method }) => {
        if (response?.headers.get('x-own') === 'again') return 'retry';
        if (response?.status === 503) return 'success';
        return method === 'DELETE' ? 'failure' : undefined;
      },
    });
    const again = origin.url({ status: 200, headers: { 'x-own': 'again' } });
    const fine = origin.url({ status: 503 });
    const failed = origin.url({});
    expect((await client(fine)).status).toBe(503);
    expect(client.circuits()[0]!.state).toBe('CLOSED');
    // A failure for the circuit, which opens; there is no other attempt.
    expect((await client(failed, { method: 'DELETE' })).status).toBe(200);
    expect(client.circuits()[0]!.state).toBe('OPEN');
    const unguarded = createFetch({ retry, breaker: false, classify: () => 'retry' });
    expect(await (await unguarded(again, { method: 'POST', body: 'x' })).text()).toBe('200');
    expect(await Promise.all([fine, failed, again].map(attemptsAt))).toEqual([1, 1, 3]);
  });

  it('repeats a request that is not idempotent, but no stream', async () => {
    const client = createFetch({
      retry,
      breaker: false,
      classify: ({ error }) => (error === undefined ? undefined : 'retry'),
    });
    const urls = [origin.url({ reset: 'afterBody' }, {}), origin.url({ reset: 'afterBody' }, {})];
    expect((await client(urls[0]!, { method: 'POST', body: 'x' })).status).toBe(200);
    const body = new Blob(['x']).stream();
    await expect(client(urls[1]!, { method: 'POST', body })).rejects.toMatchObject({
      name: networkError,
    });
    expect(await Promise.all(urls.map(attemptsAt))).toEqual([2, inBrowser ? 0 : 1]);
  });

  it('can ignore an outcome', async () => {
    const client = createFetch({
      retry,
      breaker: { failureThreshold: consecutive(1) },
      classify: () => 'ignore',
    });
    const url = origin.url({ status: 500 });
    expect((await client(url)).status).toBe(500);
    expect([client.circuits()[0]!.state, await attemptsAt(url)]).toEqual(['CLOSED', 1]);
  });

  it('is asked once for each outcome', async () => {
    const asked: unknown[] = [];
    let attempt = 0;
    const client = createFetch({
      retry,
      // Bun itself sends a request again whose connection is reset.
      fetch: (input, init) => {
        if (++attempt !== 2) return fetch(input, init);
        const cause = Object.assign(new Error('reset'), { code: 'ECONNRESET' });
        return Promise.reject(new TypeError('fetch failed', { cause }));
      },
      classify: ({ response, error }) => {
        asked.push(response?.status ?? (error as Error).name);
        return undefined;
      },
    });
    await client(origin.url({ status: 503 }, { status: 200 }));
    expect(asked).toEqual([503, 'TypeError', 200]);
  });

  it('that throws or returns something else ends the call with that error', async () => {
    const own = new Error('own');
    const throwing = createFetch({
      classify: () => {
        throw own;
      },
    });
    await expect(throwing(origin.url({ status: 503 }))).rejects.toBe(own);
    await expect(throwing(origin.url({ reset: 'afterBody' }))).rejects.toBe(own);
    const careless = createFetch({ classify: () => 'fine' as never });
    await expect(careless(origin.url({}))).rejects.toThrow(/^classify: "fine" is invalid/);
  });
});
