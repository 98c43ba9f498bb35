import { Backoff, CircuitOpenError, isTimeout, RateLimitExceededError } from '@highway/resilience';
import type { ResilienceOptions } from '@highway/http';
import { describe, expect, it } from 'vitest';
import { useOrigin } from './origin.ts';
import type { Step } from './script.ts';

/** A request, for any client. */
export interface SuiteRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly idempotencyKey?: string | boolean;
  readonly replay?: { readonly maxBytes: number };
  readonly signal?: AbortSignal;
}

/** A client under policies. */
export interface SuiteClient {
  /** Sends a request, and reads the answer. Rejects as the client does, but never for a status. */
  send(url: string, request?: SuiteRequest): Promise<{ status: number; body: string }>;
  stats(): { readonly calls: number; readonly attempts: number; readonly retries: number };
  circuits(): { readonly key: string; readonly state: string; readonly retryAfter: number }[];
}

export type MakeClient = (options: ResilienceOptions<unknown>) => SuiteClient;

const quick = { maxRetries: 2, backoff: Backoff.none, budget: false } as const;
const retrying = { retry: quick, breaker: false } as const;

const key = { 'idempotency-key': 'one' };
const requests: readonly (readonly [name: string, repeatable: boolean, request: SuiteRequest])[] = [
  ['GET', true, {}],
  ['HEAD', true, { method: 'HEAD' }],
  ['PUT', true, { method: 'PUT', body: 'body' }],
  ['DELETE', true, { method: 'DELETE' }],
  ['POST', false, { method: 'POST', body: 'body' }],
  ['PATCH', false, { method: 'PATCH', body: 'body' }],
  ['POST with a key', true, { method: 'POST', body: 'body', headers: key }],
];

/** With two retries: the attempts of a request that can be repeated, and of any other. */
const outcomes: readonly (readonly [string, Step, repeatable: number, other: number])[] = [
  ['200', { status: 200 }, 1, 1],
  ['204', { status: 204 }, 1, 1],
  ['400', { status: 400 }, 1, 1],
  ['404', { status: 404 }, 1, 1],
  ['408', { status: 408, headers: { connection: 'close' } }, 3, 1],
  ['425', { status: 425 }, 2, 1],
  ['429', { status: 429 }, 3, 3],
  ['429 with Retry-After', { status: 429, headers: { 'retry-after': '0' } }, 3, 3],
  ['500', { status: 500 }, 3, 1],
  ['501', { status: 501 }, 1, 1],
  ['503', { status: 503 }, 3, 1],
  ['504', { status: 504 }, 3, 1],
  ['529', { status: 529 }, 3, 1],
  ['a reset before the request was read', { reset: 'beforeBody' }, 3, 1],
  ['a reset after the request', { reset: 'afterBody' }, 3, 1],
];

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => ({ resolved: value }),
    (error: unknown) => error,
  );
}

function expected({ status }: Step, { method }: SuiteRequest): unknown {
  if (status === undefined) return 'error';
  const isEmpty = method === 'HEAD' || status === 204;
  return { resolved: { status, body: isEmpty ? '' : String(status) } };
}

/** What all clients have in common. */
export function clientSuite(make: MakeClient): void {
  const origin = useOrigin();

  describe.each(requests)('%s', (_, repeatable, request) => {
    const client = make(retrying);
    it.each(outcomes)('and %s', async (_name, step, whenRepeatable, otherwise) => {
      const url = origin.url(step);
      const answer = await failure(client.send(url, request));
      const { arrivals } = await origin.counts(url);
      expect(arrivals.length).toBe(repeatable ? whenRepeatable : otherwise);
      expect(answer instanceof Error ? 'error' : answer).toEqual(expected(step, request));
      const isRead = step.reset !== 'beforeBody';
      expect(arrivals.every(({ body }) => body === (isRead ? (request.body ?? '') : ''))).toBe(
        true,
      );
    });
  });

  describe('a request', () => {
    it('sends one key with all its attempts', async () => {
      const url = origin.url({ status: 503 }, { status: 503 }, { status: 200 });
      await make(retrying).send(url, { method: 'POST', body: 'a', idempotencyKey: true });
      const keys = (await origin.counts(url)).arrivals.map(
        ({ headers }) => headers['idempotency-key'],
      );
      expect(keys).toEqual([expect.stringMatching(/^[\da-f-]{36}$/), keys[0], keys[0]]);
    });

    it('calls a function for the body of each attempt', async () => {
      const url = origin.url({ status: 503 }, { status: 200 });
      let made = 0;
      const body = (): string => `body ${String(++made)}`;
      await make(retrying).send(url, { method: 'PUT', body });
      expect((await origin.counts(url)).arrivals.map((each) => each.body)).toEqual([
        'body 1',
        'body 2',
      ]);
    });

    it('tells the server how much time is left', async () => {
      const url = origin.url({});
      await make({ ...retrying, attemptTimeout: '5s' }).send(url);
      const [arrival] = (await origin.counts(url)).arrivals;
      expect(Number(arrival!.headers['x-highway-timeout-ms'])).toBeLessThanOrEqual(4_750);
    });

    it('is counted', async () => {
      const client = make(retrying);
      await client.send(origin.url({ status: 503 }, {}));
      expect(client.stats()).toMatchObject({ calls: 1, attempts: 2, retries: 1, rejected: 0 });
    });
  });

  describe('a server that asks to wait', () => {
    it('gets no request earlier', async () => {
      const url = origin.url({ status: 503, headers: { 'retry-after': '1' } }, {});
      const answer = await make(retrying).send(url);
      const [first, second] = (await origin.counts(url)).arrivals;
      expect(answer.status).toBe(200);
      expect(second!.at - first!.at).toBeGreaterThanOrEqual(999);
    });

    it('is not asked again if the call has not that much time', async () => {
      const url = origin.url({ status: 503, headers: { 'retry-after': '60' } });
      const client = make(retrying);
      expect((await client.send(url)).status).toBe(503);
      expect(client.circuits()).toMatchObject([{ key: origin.address, state: 'CLOSED' }]);
      expect(client.circuits()[0]!.retryAfter).toBeGreaterThan(50_000);
      expect(await failure(client.send(url))).toBeInstanceOf(RateLimitExceededError);
      expect((await origin.counts(url)).arrivals.length).toBe(1);
    });
  });

  it('opens the circuit of an origin that fails, and throws the error of the circuit as it is', async () => {
    const client = make({ retry: false, breaker: { failureThreshold: '2/2' } });
    const url = origin.url({ status: 500 });
    await client.send(url);
    await client.send(url);
    const error = await failure(client.send(url));
    expect(error).toBeInstanceOf(CircuitOpenError);
    expect(client.circuits()).toMatchObject([{ key: origin.address, state: 'OPEN' }]);
    expect((await origin.counts(url)).arrivals.length).toBe(2);
  });

  it('hands back the last answer when the circuit opens between two attempts', async () => {
    const client = make({ retry: quick, breaker: { failureThreshold: '2/2' } });
    const url = origin.url({ status: 500, body: 'first' }, { status: 500, body: 'last' });
    expect(await client.send(url)).toEqual({ status: 500, body: 'last' });
    expect((await origin.counts(url)).arrivals.length).toBe(2);
  });

  it('throws the error of a timeout as it is', async () => {
    const client = make({ ...retrying, attemptTimeout: 50 });
    const url = origin.url({ hang: true });
    expect(isTimeout(await failure(client.send(url)))).toBe(true);
    expect((await origin.counts(url)).arrivals.length).toBe(3);
  });
}

/** What clients have in common that stream bodies. `body` makes one that can be read once. */
export function streamSuite(make: MakeClient, body: () => unknown): void {
  const origin = useOrigin();

  it('sends a stream once', async () => {
    const url = origin.url({ status: 503 }, {});
    expect((await make(retrying).send(url, { method: 'PUT', body: body() })).status).toBe(503);
    expect((await origin.counts(url)).arrivals.map((each) => each.body)).toEqual(['text']);
  });

  it('sends a stream again that replay has read into memory', async () => {
    const url = origin.url({ status: 503 }, {});
    const request = { method: 'PUT', body: body(), replay: { maxBytes: 4 } };
    expect((await make(retrying).send(url, request)).status).toBe(200);
    expect((await origin.counts(url)).arrivals.map((each) => each.body)).toEqual(['text', 'text']);
  });

  it('sends a stream once that is longer than what replay may keep', async () => {
    const url = origin.url({ status: 503 }, {});
    const request = { method: 'PUT', body: body(), replay: { maxBytes: 3 } };
    expect((await make(retrying).send(url, request)).status).toBe(503);
    expect((await origin.counts(url)).arrivals.map((each) => each.body)).toEqual(['text']);
  });
}
