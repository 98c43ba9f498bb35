import { createFetch } from '@highway/http';
import type { HttpRequestInit } from '@highway/http';
import { Backoff } from '@highway/resilience';
import { describe, expect, it } from 'vitest';
import { inBrowser, networkError } from '../support/host.ts';
import { useOrigin } from '../support/origin.ts';
import type { Step } from '../support/script.ts';

const origin = useOrigin();

const key = { 'idempotency-key': 'one' };
const requests: readonly (readonly [name: string, repeatable: boolean, init: HttpRequestInit])[] = [
  ['GET', true, { method: 'GET' }],
  ['HEAD', true, { method: 'HEAD' }],
  ['PUT', true, { method: 'PUT', body: 'body' }],
  ['DELETE', true, { method: 'DELETE' }],
  ['OPTIONS', true, { method: 'OPTIONS' }],
  ['POST', false, { method: 'POST', body: 'body' }],
  ['PATCH', false, { method: 'PATCH', body: 'body' }],
  ['POST with a key', true, { method: 'POST', body: 'body', headers: key }],
  ['PATCH with a key', true, { method: 'PATCH', body: 'body', headers: key }],
];

/** With at most two retries: the attempts of a request that can be repeated, of any other, and what the circuit learns. */
const outcomes: readonly (readonly [
  name: string,
  step: Step,
  repeatable: number,
  other: number,
])[] = [
  ['200', { status: 200 }, 1, 1],
  ['204', { status: 204 }, 1, 1],
  ['304', { status: 304 }, 1, 1],
  ['400', { status: 400 }, 1, 1],
  ['401', { status: 401 }, 1, 1],
  ['404', { status: 404 }, 1, 1],
  ['404 with Retry-After', { status: 404, headers: { 'retry-after': '0' } }, 1, 1],
  ...(inBrowser ? [] : repeatedByBrowsers()),
  ['409', { status: 409 }, 1, 1],
  ['425', { status: 425 }, 2, 1],
  ['429', { status: 429 }, 3, 3],
  ['429 with Retry-After', { status: 429, headers: { 'retry-after': '0' } }, 3, 3],
  ['500', { status: 500 }, 3, 1],
  ['501', { status: 501 }, 1, 1],
  ['502', { status: 502 }, 3, 1],
  ['503', { status: 503 }, 3, 1],
  ['503 with Retry-After', { status: 503, headers: { 'retry-after': '0' } }, 3, 1],
  ['504', { status: 504 }, 3, 1],
  ['505', { status: 505 }, 1, 1],
  ['507', { status: 507 }, 1, 1],
  ['511', { status: 511 }, 1, 1],
  ['520', { status: 520 }, 3, 1],
  ['529', { status: 529 }, 3, 1],
  ['530', { status: 530 }, 1, 1],
];

/** A browser sends these again itself, so the server gets more requests than the client sends. */
function repeatedByBrowsers(): [string, Step, number, number][] {
  return [
    ['408', { status: 408, headers: { connection: 'close' } }, 3, 1],
    ['a reset after the request', { reset: 'afterBody' }, 3, 1],
  ];
}

const client = createFetch({
  retry: { maxRetries: 2, backoff: Backoff.none, budget: false },
  breaker: false,
});

describe.each(requests)('%s', (_, repeatable, init) => {
  it.each(outcomes)('and %s', async (_name, step, whenRepeatable, otherwise) => {
    const url = origin.url(step);
    const answer = await client(url, init).then(seen, (error: unknown) => (error as Error).name);
    const { arrivals } = await origin.counts(url);
    expect(arrivals.length).toBe(repeatable ? whenRepeatable : otherwise);
    expect(arrivals.every(({ body }) => body === (init.body ?? ''))).toBe(true);
    expect(answer).toEqual(expected(url, step, init));
  });
});

async function seen(response: Response): Promise<unknown> {
  return { status: response.status, url: response.url, body: await response.text() };
}

function expected(url: string, { status }: Step, { method }: HttpRequestInit): unknown {
  if (status === undefined) return networkError;
  const isEmpty = method === 'HEAD' || status === 204 || status === 304;
  return { status, url, body: isEmpty ? '' : String(status) };
}
