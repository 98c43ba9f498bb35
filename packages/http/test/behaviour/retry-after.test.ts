import { createFetch } from '@highway/http';
import type { CreateFetchOptions } from '@highway/http';
import { Backoff, RateLimitExceededError } from '@highway/resilience';
import { ManualClock, seededRandom } from '@highway/resilience/testing';
import { describe, expect, it } from 'vitest';
import { useOrigin } from '../support/origin.ts';
import { probe } from '../support/probe.ts';

const origin = useOrigin();
const busy = (seconds: number, status = 503) => ({
  status,
  headers: { 'retry-after': String(seconds) },
});

function setUp(options: CreateFetchOptions = {}) {
  const clock = new ManualClock();
  const attempts = probe(clock);
  const client = createFetch({
    clock,
    random: seededRandom(1),
    fetch: attempts.fetch,
    retry: { backoff: Backoff.none },
    ...options,
  });
  return { clock, attempts, client };
}

describe('Retry-After', () => {
  it('is waited for, never less', async () => {
    const { clock, attempts, client } = setUp();
    const answer = client(origin.url(busy(2), { status: 200 }));
    await attempts.ended(1);
    await clock.advance(1_999);
    expect(attempts.starts).toEqual([0]);
    await clock.advance(1 + 200);
    await attempts.ended(2);
    expect(attempts.starts[1]).toBeGreaterThanOrEqual(2_000);
    expect((await answer).status).toBe(200);
  });

  it('that is longer than the call may take ends the call at once, with the answer', async () => {
    const { clock, attempts, client } = setUp({ totalTimeout: '10s' });
    const response = await client(origin.url(busy(11), { status: 200 }));
    expect([response.status, await response.text()]).toEqual([503, '503']);
    expect([attempts.starts.length, clock.now(), client.stats().retries]).toEqual([1, 0, 0]);
  });

  it('of one call pauses the origin for all callers', async () => {
    const { clock, attempts, client } = setUp({ retry: false });
    expect((await client(origin.url(busy(2, 429)))).status).toBe(429);
    const later = client(origin.url({}), { method: 'POST' });
    const [circuit] = client.circuits();
    expect(circuit).toEqual({ key: origin.address, state: 'CLOSED', retryAfter: 2_000 });
    await clock.advance(1_999);
    expect(attempts.starts).toEqual([0]);
    await clock.advance(1 + 200);
    expect((await later).status).toBe(200);
    expect(attempts.starts[1]).toBeGreaterThanOrEqual(2_000);
    expect(client.circuits()[0]!.retryAfter).toBe(0);
  });

  it('of one call rejects callers that have less time, at once', async () => {
    const { clock, attempts, client } = setUp({ retry: false, totalTimeout: '1s', name: 'api' });
    await client(origin.url(busy(2, 429)));
    const refused = await client(origin.url({})).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(RateLimitExceededError);
    expect(refused).toMatchObject({ retryAfter: 2_000, policyName: 'api' });
    expect([attempts.starts.length, clock.now(), client.stats().rejected]).toEqual([1, 0, 1]);
  });

  it('of one call does not pause other origins', async () => {
    const { client } = setUp({ retry: false });
    await client(origin.url(busy(2, 429)));
    const other = origin.url({}).replace('127.0.0.1', 'localhost');
    // The server listens on one of the two addresses only, or the host knows no other name.
    await client(other).catch(() => undefined);
    expect(client.stats().attempts).toBe(2);
  });

  it('closes an origin for a minute at most', async () => {
    const { client } = setUp({ retry: false });
    await client(origin.url(busy(86_400, 429)));
    expect(client.circuits()[0]!.retryAfter).toBe(60_000);
  });

  it('of a pause can be given up: the wait ends with the reason of the signal', async () => {
    const { clock, client } = setUp({ retry: false });
    await client(origin.url(busy(2, 429)));
    const controller = new AbortController();
    const waiting = client(origin.url({}), { signal: controller.signal });
    waiting.catch(() => undefined);
    await clock.advance(500);
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    expect(clock.pendingTimers).toBe(0);
  });

  it('is read as a date, by the wall clock', async () => {
    const clock = new ManualClock({ wallStart: Date.UTC(2026, 0, 1) });
    const attempts = probe(clock);
    const client = createFetch({ clock, fetch: attempts.fetch, retry: { backoff: Backoff.none } });
    const headers = { 'retry-after': new Date(Date.UTC(2026, 0, 1, 0, 0, 3)).toUTCString() };
    const answer = client(origin.url({ status: 503, headers }, {}));
    await attempts.ended(1);
    await clock.advance(2_999);
    expect(attempts.starts.length).toBe(1);
    await clock.advance(301);
    expect((await answer).status).toBe(200);
  });

  it('of the RateLimit headers counts where nothing is left', async () => {
    const { clock, attempts, client } = setUp();
    const headers = { ratelimit: '"default";r=0;t=4' };
    const answer = client(origin.url({ status: 429, headers }, {}));
    await attempts.ended(1);
    await clock.advance(3_999);
    expect(attempts.starts.length).toBe(1);
    await clock.advance(401);
    expect((await answer).status).toBe(200);
  });
});
