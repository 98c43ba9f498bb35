import { createFetch, HttpStatusError, isHttpStatusError } from '@highway/http';
import {
  Backoff,
  CircuitOpenError,
  consecutive,
  isTimeout,
  RetryBudget,
} from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import { describe, expect, it } from 'vitest';
import { networkError } from '../support/host.ts';
import { useOrigin } from '../support/origin.ts';
import { probe } from '../support/probe.ts';

const origin = useOrigin();
const retry = { maxRetries: 2, backoff: Backoff.none, budget: false } as const;

describe('the outcome of a call', () => {
  it('is the last answer, as fetch gives it, when retries are used up', async () => {
    const client = createFetch({ retry });
    const url = origin.url(
      { status: 500, body: 'one' },
      { status: 503, body: 'two' },
      { status: 502, body: 'three' },
    );
    const response = await client(url);
    expect(response).toBeInstanceOf(Response);
    expect([
      response.status,
      response.ok,
      response.url,
      response.redirected,
      response.bodyUsed,
    ]).toEqual([502, false, url, false, false]);
    expect(await response.clone().text()).toBe('three');
    expect([await response.text(), response.bodyUsed]).toEqual(['three', true]);
  });

  it('is the last error, as fetch throws it, when retries are used up', async () => {
    const client = createFetch({ retry });
    const error = await client(origin.url({ reset: 'afterBody' })).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ name: networkError });
    expect(client.stats().attempts).toBe(3);
  });

  it('is the last answer when a retry meets an open circuit, with its body', async () => {
    const client = createFetch({ retry, breaker: { failureThreshold: consecutive(2) } });
    const url = origin.url({ status: 500, body: 'one' }, { status: 503, body: 'two' });
    const response = await client(url);
    expect([response.status, response.url, await response.text()]).toEqual([503, url, 'two']);
    expect(client.circuits()[0]!.state).toBe('OPEN');
    await expect(client(origin.url({}))).rejects.toBeInstanceOf(CircuitOpenError);
    expect(client.stats()).toMatchObject({
      calls: 2,
      attempts: 2,
      retries: 1,
      rejected: 1,
      shed: 0,
    });
  });

  it('is the last answer when a retry meets an open circuit, even if its body is long', async () => {
    const client = createFetch({ retry, breaker: { failureThreshold: consecutive(1) } });
    const response = await client(origin.url({ status: 503, bytes: 100_000 }));
    expect([response.status, (await response.text()).length]).toEqual([503, 100_000]);
  });

  it('is the last error when a retry meets an open circuit', async () => {
    const client = createFetch({ retry, breaker: { failureThreshold: consecutive(1) } });
    await expect(client(origin.url({ reset: 'afterBody' }))).rejects.toMatchObject({
      name: networkError,
    });
  });

  it('is the last answer when the budget is spent', async () => {
    const budget = new RetryBudget({ ratio: 0, minPerSecond: 0 });
    const client = createFetch({ retry: { ...retry, budget } });
    const response = await client(origin.url({ status: 503 }, { status: 200 }));
    expect([response.status, await response.text(), client.stats().attempts]).toEqual([
      503,
      '503',
      1,
    ]);
  });

  it('is thrown for a status of 400 and above with rejectOnStatus', async () => {
    const client = createFetch({ retry, rejectOnStatus: true });
    for (const status of [400, 404, 429, 503]) {
      const headers = { 'retry-after': '0' };
      const error = await client(origin.url({ status, headers })).catch(
        (thrown: unknown) => thrown,
      );
      expect(isHttpStatusError(error)).toBe(true);
      expect(error).toBeInstanceOf(HttpStatusError);
      expect(error).toMatchObject({
        name: 'HttpStatusError',
        code: 'ERR_HTTP_STATUS',
        status,
        retryAfter: 0,
      });
      expect(await (error as HttpStatusError).response.text()).toBe(String(status));
    }
    expect((await client(origin.url({ status: 304 }))).status).toBe(304);
  });

  it('is the timeout when the total is over, and the server learns that nobody waits', async () => {
    const clock = new ManualClock();
    const attempts = probe(clock);
    const client = createFetch({ clock, fetch: attempts.fetch, totalTimeout: '2s' });
    const url = origin.url({ hang: true });
    const call = client(url).catch((thrown: unknown) => thrown);
    while ((await origin.counts(url)).arrivals.length === 0);
    await clock.advance('2s');
    expect(isTimeout(await call)).toBe(true);
    await attempts.ended(1);
    while ((await origin.counts(url)).arrivals[0]!.closedEarlyAt === undefined);
    expect(clock.pendingTimers).toBe(0);
  });

  it('comes from another attempt when one takes too long, if it can be repeated', async () => {
    const clock = new ManualClock();
    const attempts = probe(clock);
    const client = createFetch({ clock, fetch: attempts.fetch, attemptTimeout: '1s', retry });
    const url = origin.url({ hang: true }, { status: 200 });
    const call = client(url);
    while ((await origin.counts(url)).arrivals.length === 0);
    await clock.advance('1s');
    expect((await call).status).toBe(200);
    const post = client(origin.url({ hang: true }), { method: 'POST' }).catch(
      (error: unknown) => error,
    );
    await clock.advance('1s');
    expect(isTimeout(await post)).toBe(true);
  });

  it('is what the caller aborts with', async () => {
    const client = createFetch({ retry });
    const reason = new Error('enough');
    const controller = new AbortController();
    const url = origin.url({ hang: true });
    const call = client(url, { signal: controller.signal }).catch((error: unknown) => error);
    while ((await origin.counts(url)).arrivals.length === 0);
    controller.abort(reason);
    expect(await call).toBe(reason);
    expect(await client(url, { signal: controller.signal }).catch((error: unknown) => error)).toBe(
      reason,
    );
    expect(client.stats().attempts).toBe(1);
    expect(client.circuits()[0]!.state).toBe('CLOSED');
  });

  it('is an error of the caller where the request is invalid, which no policy counts', async () => {
    const client = createFetch({ retry, breaker: { failureThreshold: consecutive(1) } });
    const invalid: [string, RequestInit][] = [
      ['http://', {}],
      ['/relative', {}],
      [origin.url({}), { headers: { 'a b': 'c' } }],
      [origin.url({}), { method: 'A B' }],
      [origin.url({}), { method: 'GET', body: 'none' }],
      ['http://127.0.0.1:1/', {}],
      ['nothing://127.0.0.1/', {}],
    ];
    for (const [url, init] of invalid) {
      // Bun sends a body with a GET, for example.
      const accepted = await fetch(url, init).then(
        () => true,
        () => false,
      );
      const error = accepted || (await client(url, init).catch((thrown: unknown) => thrown));
      expect(accepted || error instanceof Error).toBe(true);
    }
    expect(client.stats().retries).toBe(0);
    // Not all hosts say why, so a circuit of another address may have opened.
    const { origin: key } = new URL(origin.address);
    expect(client.circuits().filter((circuit) => circuit.key === key)).toMatchObject([
      { state: 'CLOSED' },
    ]);
  });
});
