import { createFetch } from '@highway/http';
import type { HttpBody } from '@highway/http';
import { Backoff } from '@highway/resilience';
import { describe, expect, it } from 'vitest';
import { inBrowser } from '../support/host.ts';
import { useOrigin } from '../support/origin.ts';

const origin = useOrigin();
const client = createFetch({
  retry: { maxRetries: 2, backoff: Backoff.none, budget: false },
  breaker: false,
});
const twice = (): string => origin.url({ status: 503 }, { status: 200 });
const method = 'PUT';

function stream(...chunks: string[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    pull(controller) {
      const chunk = chunks.shift();
      if (chunk === undefined) controller.close();
      else controller.enqueue(encoder.encode(chunk));
    },
  });
}

async function bodiesAt(url: string): Promise<string[]> {
  return (await origin.counts(url)).arrivals.map(({ body }) => body);
}

/** A case that browsers do not have: they send no streams over HTTP/1.1. */
function streamsAgain(): [string, () => HttpBody, RegExp][] {
  return inBrowser
    ? []
    : [['a function that makes streams', () => () => stream('te', 'xt'), /^text$/]];
}

if (!inBrowser) {
  describe('a stream as the body of a request', () => {
    it('is sent once if it is a stream', async () => {
      const url = twice();
      const response = await client(url, { method, body: stream('te', 'xt') });
      expect([response.status, await bodiesAt(url)]).toEqual([503, ['text']]);
    });

    it('goes on as a stream, in one attempt, if it is longer than replay allows', async () => {
      const url = twice();
      const response = await client(url, {
        method,
        body: stream('te', 'xt', '!'),
        replay: { maxBytes: 3 },
      });
      expect([response.status, await bodiesAt(url)]).toEqual([503, ['text!']]);
    });
  });
}

describe('the body of a request', () => {
  const form = new FormData();
  form.set('a', 'b');
  it.each<[string, () => HttpBody, RegExp]>([
    ['a string', () => 'text', /^text$/],
    ['bytes', () => new TextEncoder().encode('text'), /^text$/],
    ['an ArrayBuffer', () => new TextEncoder().encode('text').buffer, /^text$/],
    ['a Blob', () => new Blob(['te', 'xt']), /^text$/],
    ['parameters', () => new URLSearchParams({ a: 'b' }), /^a=b$/],
    ['a form', () => form, /name="a"\r\n\r\nb\r\n/],
    ['a function', () => () => 'text', /^text$/],
    ['an asynchronous function', () => () => Promise.resolve('text'), /^text$/],
    ['nothing', () => null, /^$/],
    ...streamsAgain(),
  ])('is sent again if it is %s', async (_, body, expected) => {
    const url = twice();
    const response = await client(url, { method, body: body() });
    expect(response.status).toBe(200);
    const bodies = await bodiesAt(url);
    expect(bodies.map((each) => expected.test(each))).toEqual([true, true]);
  });

  it('is sent again if it is a stream that replay reads into memory', async () => {
    const url = twice();
    const response = await client(url, {
      method,
      body: stream('te', 'xt'),
      replay: { maxBytes: 4 },
    });
    expect([response.status, await bodiesAt(url)]).toEqual([200, ['text', 'text']]);
  });

  it('stops being read into memory when the caller aborts', async () => {
    const controller = new AbortController();
    let canceled: unknown;
    const endless = new ReadableStream<Uint8Array>({
      pull: () => new Promise(() => {}),
      cancel(reason) {
        canceled = reason;
      },
    });
    const call = client(origin.url({}), {
      method,
      body: endless,
      replay: { maxBytes: 10 },
      signal: controller.signal,
    });
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
    expect(canceled).toBe(reason);
  });

  it("may fail: its error is the caller's own, and no policy counts it", async () => {
    const own = new Error('no body');
    const body = (): never => {
      throw own;
    };
    const counting = createFetch({ breaker: { failureThreshold: '1/1' } });
    await expect(counting(origin.url({}), { method, body })).rejects.toBe(own);
    await expect(
      counting(origin.url({}), { method, body: () => Promise.reject(own) }),
    ).rejects.toBe(own);
    expect(counting.stats().retries).toBe(0);
    expect(counting.circuits()[0]!.state).toBe('CLOSED');
  });
});

describe('a Request', () => {
  it('is sent again if it has no body', async () => {
    const url = twice();
    const response = await client(new Request(url, { headers: { 'x-own': 'yes' } }));
    expect(response.status).toBe(200);
    const { arrivals } = await origin.counts(url);
    expect(arrivals.map(({ method, headers }) => [method, headers['x-own']])).toEqual([
      ['GET', 'yes'],
      ['GET', 'yes'],
    ]);
  });

  it('with a body is sent once', async () => {
    const url = twice();
    const response = await client(new Request(url, { method, body: 'text' }));
    expect([response.status, await bodiesAt(url)]).toEqual([503, ['text']]);
  });

  it('with a body is sent again if replay reads it into memory, with its headers', async () => {
    const url = twice();
    const request = new Request(url, {
      method,
      body: 'text',
      headers: { 'content-type': 'text/x-own' },
    });
    const response = await client(request, { replay: { maxBytes: 100 } });
    expect([response.status, await bodiesAt(url)]).toEqual([200, ['text', 'text']]);
    const { arrivals } = await origin.counts(url);
    expect(arrivals.map(({ headers }) => headers['content-type'])).toEqual([
      'text/x-own',
      'text/x-own',
    ]);
  });

  it('can be overridden by options', async () => {
    const url = twice();
    const request = new Request(url, { method: 'POST', body: 'text' });
    const response = await client(request, { method, body: 'other', headers: { 'x-own': 'yes' } });
    expect([response.status, await bodiesAt(url)]).toEqual([200, ['other', 'other']]);
  });

  it('aborts the call with its own signal', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const url = origin.url({ hang: true });
    const call = client(new Request(url, { signal: controller.signal }));
    const outcome = call.catch((error: unknown) => error);
    while ((await origin.counts(url)).arrivals.length === 0);
    controller.abort(reason);
    expect(await outcome).toBe(reason);
  });
});

describe('an idempotency key', () => {
  const keysAt = async (url: string): Promise<unknown[]> =>
    (await origin.counts(url)).arrivals.map(({ headers }) => headers['idempotency-key']);

  it('is made once for all attempts', async () => {
    const urls = [twice(), twice()];
    for (const url of urls) {
      const response = await client(url, { method: 'POST', body: 'text', idempotencyKey: true });
      expect(response.status).toBe(200);
    }
    const [[first, second], [other]] = (await Promise.all(urls.map(keysAt))) as [
      string[],
      string[],
    ];
    expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(second).toBe(first);
    expect(other).not.toBe(first);
  });

  it('is sent as it is, in place of another one', async () => {
    const url = twice();
    const headers = { 'Idempotency-Key': 'old' };
    await client(url, { method: 'POST', headers, idempotencyKey: 'my key' });
    expect(await keysAt(url)).toEqual(['my key', 'my key']);
  });

  it('that the caller has set is kept', async () => {
    const url = twice();
    await client(url, {
      method: 'POST',
      headers: [['Idempotency-Key', 'own']],
      idempotencyKey: true,
    });
    expect(await keysAt(url)).toEqual(['own', 'own']);
  });

  it('that is invalid is reported', async () => {
    await expect(client(origin.url({}), { idempotencyKey: '' })).rejects.toThrow(
      /^idempotencyKey: /,
    );
    await expect(client(origin.url({}), { replay: { maxBytes: -1 } })).rejects.toThrow(
      /^replay.maxBytes: /,
    );
  });
});
