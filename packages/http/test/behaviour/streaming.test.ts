import { createFetch } from '@highway/http';
import { Backoff, isTimeout } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import { describe, expect, it } from 'vitest';
import { inBrowser } from '../support/host.ts';
import { useOrigin } from '../support/origin.ts';
import { probe } from '../support/probe.ts';

const origin = useOrigin();

async function firstChunk(response: Response): Promise<ReadableStreamDefaultReader<Uint8Array>> {
  const reader = response.body!.getReader();
  await reader.read();
  return reader;
}

describe('the body of an answer', () => {
  it('may take longer than the timeouts, which end at the headers', async () => {
    const clock = new ManualClock();
    const client = createFetch({
      clock,
      totalTimeout: '1s',
      attemptTimeout: '1s',
      bodyTimeout: false,
    });
    const response = await client(origin.url({ stall: true, bytes: 100 }));
    const reader = await firstChunk(response);
    await clock.advance('1h');
    expect(clock.pendingTimers).toBe(0);
    await reader.cancel();
  });

  it('stays linked to the signal of the caller', async () => {
    for (const bodyTimeout of ['30s', false] as const) {
      for (const status of [200, 503]) {
        const client = createFetch({ bodyTimeout, retry: { maxRetries: 0 } });
        const controller = new AbortController();
        const { signal } = controller;
        const url = origin.url({ status, stall: true, bytes: 100 });
        const reader = await firstChunk(await client(url, { signal }));
        const reason = new Error('enough');
        controller.abort(reason);
        // Some hosts hand out a copy of the reason.
        await expect(reader.read()).rejects.toMatchObject({ message: 'enough' });
        while ((await origin.counts(url)).arrivals[0]!.closedEarlyAt === undefined);
      }
    }
  });

  it('rejects a read that takes longer than bodyTimeout, and closes the connection', async () => {
    const clock = new ManualClock();
    const client = createFetch({ clock, bodyTimeout: '2s', name: 'api' });
    const url = origin.url({ stall: true, bytes: 100 });
    const reader = await firstChunk(await client(url));
    // No time counts while nobody reads.
    await clock.advance('1h');
    expect(clock.pendingTimers).toBe(0);
    const read = reader.read().catch((error: unknown) => error);
    await clock.advance(1_999);
    await clock.advance(1);
    const error = await read;
    expect(isTimeout(error)).toBe(true);
    expect(error).toMatchObject({ timeoutMs: 2_000, policyName: 'api' });
    while ((await origin.counts(url)).arrivals[0]!.closedEarlyAt === undefined);
    expect(clock.pendingTimers).toBe(0);
  });

  it('rejects text() that takes longer than bodyTimeout', async () => {
    const clock = new ManualClock();
    const client = createFetch({ clock, bodyTimeout: '2s' });
    const response = await client(origin.url({ stall: true, bytes: 100 }));
    const text = response.text().catch((error: unknown) => error);
    // Each turn takes a request, by which time the first half of the body has arrived.
    for (let second = 0; second < 3; second++) {
      await origin.counts(response.url);
      await clock.advance('1s');
    }
    // Browsers replace the error of a stream.
    const error = await text;
    expect(inBrowser ? error instanceof TypeError : isTimeout(error)).toBe(true);
  });

  it('reads in all ways of a Response, with its properties', async () => {
    const client = createFetch();
    const url = origin.url({
      body: '{"a":1}',
      headers: { 'content-type': 'application/json', 'x-own': 'yes' },
    });
    const bare = await fetch(url);
    const response = await client(url);
    expect(response).toBeInstanceOf(Response);
    expect([
      response.url,
      response.type,
      response.redirected,
      response.statusText,
      response.ok,
    ]).toEqual([url, bare.type, false, bare.statusText, true]);
    expect(response.headers.get('x-own')).toBe('yes');
    const copy = response.clone();
    expect([copy.url, copy.type, copy.clone().url]).toEqual([url, bare.type, url]);
    expect(await response.json()).toEqual({ a: 1 });
    expect(await copy.text()).toBe('{"a":1}');
    expect((await (await client(url)).arrayBuffer()).byteLength).toBe(7);
    expect(await (await (await client(url)).blob()).text()).toBe('{"a":1}');
    expect((await client(url)).bodyUsed).toBe(false);
  });

  it('that is cut rejects as that of fetch does', async () => {
    const client = createFetch({ retry: false });
    const url = origin.url({ cut: true, bytes: 1_000, headers: { 'content-length': '1000' } });
    const bare = await (await fetch(url)).text().catch((error: unknown) => error);
    const error = await (await client(url)).text().catch((thrown: unknown) => thrown);
    expect((error as Error).message).toBe((bare as Error).message);
  });

  it('of a redirected request tells where it went', async () => {
    const client = createFetch();
    const target = origin.url({});
    const response = await client(origin.url({ status: 302, headers: { location: target } }));
    expect([response.url, response.redirected]).toEqual([target, true]);
  });

  it('of long answers arrives complete', async () => {
    const client = createFetch();
    const response = await client(origin.url({ bytes: 3_000_000 }));
    expect((await response.text()).length).toBe(3_000_000);
  });
});

describe('an answer that is not the last one', () => {
  it('frees its connection, whether its body is short or long', async () => {
    for (const bytes of [0, 10, 70_000, 3_000_000]) {
      const client = createFetch({ retry: { backoff: Backoff.none } });
      const url = origin.url({ status: 503, bytes }, { status: 503, bytes }, {});
      expect(await (await client(url)).text()).toBe('200');
    }
  });

  it('frees its connection although its body never ends', async () => {
    const clock = new ManualClock();
    const attempts = probe(clock);
    const client = createFetch({
      clock,
      fetch: attempts.fetch,
      retry: { backoff: Backoff.fixed('1s') },
    });
    const url = origin.url({ status: 503, stall: true, bytes: 100 }, {});
    const call = client(url);
    await attempts.ended(1);
    await clock.advance(100);
    while ((await origin.counts(url)).arrivals[0]!.closedEarlyAt === undefined);
    await clock.advance(900);
    expect(await (await call).text()).toBe('200');
    expect(clock.pendingTimers).toBe(0);
  });
});
