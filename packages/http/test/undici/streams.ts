import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { resilience } from '@highway/http/undici';
import type { ResilienceInterceptor } from '@highway/http/undici';
import type { ResilienceOptions } from '@highway/http';
import { Backoff, isTimeout } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import type { Dispatcher } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { useOrigin } from '../support/origin.ts';
import { request } from './suite.ts';

const quick = { retry: { maxRetries: 2, backoff: Backoff.none, budget: false } } as const;

/** What an interceptor does that streams. */
export function streamsOfUndici(
  makeAgent: (options?: { readonly connections?: number }) => Dispatcher,
): void {
  const origin = useOrigin();
  const servers: Server[] = [];
  const agents: Dispatcher[] = [];

  afterEach(async () => {
    await Promise.all(agents.splice(0).map((agent) => agent.destroy()));
    for (const server of servers.splice(0)) {
      server.close();
      server.closeAllConnections();
    }
  });

  function client(
    options: ResilienceOptions<unknown> = {},
    connections?: number,
  ): { agent: Dispatcher; interceptor: ResilienceInterceptor } {
    const interceptor = resilience({ ...quick, ...options });
    const agent = makeAgent(connections === undefined ? {} : { connections });
    agents.push(agent);
    return { interceptor, agent: agent.compose(interceptor) };
  }

  async function serve(listener: RequestListener): Promise<{ url: string; server: Server }> {
    const server = createServer(listener);
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return { server, url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/` };
  }

  describe('an abort', () => {
    const reason = new Error('enough');

    it('ends a call before its first attempt', async () => {
      const { agent } = client();
      const url = origin.url({});
      await expect(request(agent, url, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
      expect((await origin.counts(url)).arrivals).toEqual([]);
    });

    it('ends a call during an attempt, and closes its connection', async () => {
      const { agent } = client();
      const controller = new AbortController();
      const { url, server } = await serve(() => undefined);
      const call = request(agent, url, { signal: controller.signal });
      const [received] = (await once(server, 'request')) as [IncomingMessage];
      const closed = once(received.socket, 'close');
      controller.abort(reason);
      await expect(call).rejects.toBe(reason);
      await closed;
    });

    it('ends a call that waits for its next attempt', async () => {
      const controller = new AbortController();
      const { agent } = client({
        retry: { backoff: new Backoff({ minDelay: '1h', maxDelay: '1h' }) },
        totalTimeout: '2h',
        classify() {
          setImmediate(() => controller.abort(reason));
          return undefined;
        },
      });
      const url = origin.url({ status: 503 });
      await expect(request(agent, url, { signal: controller.signal })).rejects.toBe(reason);
      expect((await origin.counts(url)).arrivals.length).toBe(1);
    });

    it('ends a call that waits for a connection', async () => {
      const { agent } = client({}, 1);
      const controller = new AbortController();
      const { url, server } = await serve(() => undefined);
      const first = request(agent, url, { signal: controller.signal });
      await once(server, 'request');
      const other = new AbortController();
      const second = request(agent, url, { signal: other.signal });
      other.abort(reason);
      await expect(second).rejects.toBe(reason);
      controller.abort(reason);
      await expect(first).rejects.toBe(reason);
    });

    it('ends the body of an answer, and closes its connection', async () => {
      const { agent } = client();
      const controller = new AbortController();
      const { url, server } = await serve((_, response) => void response.write('start'));
      const closed = once(server, 'request').then(([received]) =>
        once((received as IncomingMessage).socket, 'close'),
      );
      const { body } = await request(agent, url, { signal: controller.signal });
      const text = body.text();
      controller.abort(reason);
      await expect(text).rejects.toBe(reason);
      await closed;
    });

    it('by a reader of the body closes its connection', async () => {
      const { agent } = client();
      const { url, server } = await serve((_, response) => void response.write('start'));
      const closed = once(server, 'request').then(([received]) =>
        once((received as IncomingMessage).socket, 'close'),
      );
      const { body } = await request(agent, url);
      body.on('error', () => undefined).destroy();
      expect(await closed).toBeDefined();
    });
  });

  describe('the body of an answer', () => {
    it('is not read faster than its receiver reads', async () => {
      const { agent } = client();
      const size = 64 * 1_024 * 1_024;
      let sent = 0;
      const chunk = Buffer.alloc(64 * 1_024);
      const { url } = await serve((_, response) => {
        const write = (): void => {
          while (sent < size) {
            sent += chunk.length;
            if (!response.write(chunk)) {
              response.once('drain', write);
              return;
            }
          }
          response.end();
        };
        write();
      });
      const { body } = await request(agent, url);
      const sentWhenIdle = await settled(() => sent);
      expect(sentWhenIdle).toBeLessThan(size / 2);
      let received = 0;
      for await (const each of body) received += (each as Buffer).length;
      expect(received).toBe(size);
    });

    it('arrives whole, whatever its length', async () => {
      const { agent } = client();
      for (const bytes of [0, 1, 65_536, 3_000_000]) {
        const { body } = await request(agent, origin.url({ status: 503 }, { bytes }));
        expect((await body.bytes()).length).toBe(bytes);
      }
    });

    it('fails if the connection breaks within it', async () => {
      const { agent, interceptor } = client();
      const { body } = await request(agent, origin.url({ bytes: 100_000, cut: true }));
      await expect(body.text()).rejects.toMatchObject({ code: 'UND_ERR_SOCKET' });
      expect(interceptor.stats().attempts).toBe(1);
    });

    it('fails if nothing of it comes for as long as bodyTimeout', async () => {
      const { agent } = client({ bodyTimeout: 50 });
      const { body } = await request(agent, origin.url({ bytes: 100_000, stall: true }));
      const error: unknown = await body.text().catch((thrown: unknown) => thrown);
      expect(isTimeout(error)).toBe(true);
    });

    it('may take longer than the timeouts of calls and attempts', async () => {
      const { agent } = client({ totalTimeout: 500, attemptTimeout: 500 });
      const { url } = await serve((_, response) => {
        response.write('start ');
        setTimeout(() => response.end('end'), 1_000);
      });
      const { body } = await request(agent, url);
      expect(await body.text()).toBe('start end');
    });
  });

  describe('a discarded answer', () => {
    // A short one keeps it, however busy the machine is: no time passes. A long one costs a new one each time.
    it.each([
      [70_000, 4],
      [1_000_000, 120],
    ])('of %i bytes frees its connection', async (bytes, mostSockets) => {
      const clock = new ManualClock();
      const { agent } = client({ breaker: false, concurrency: false, clock }, 2);
      const { totalSockets } = await origin.counts(origin.url({}));
      const urls = Array.from({ length: 50 }, () =>
        origin.url({ status: 503, bytes }, { bytes: 10 }),
      );
      const statuses = await Promise.all(
        urls.map(async (url) => {
          const { statusCode, body } = await request(agent, url);
          await body.dump();
          return statusCode;
        }),
      );
      expect(new Set(statuses)).toEqual(new Set([200]));
      const after = await origin.counts(origin.url({}));
      expect(after.totalSockets - totalSockets).toBeLessThanOrEqual(mostSockets);
    });

    it('is handed back with its body if no other comes', async () => {
      const { agent } = client({ breaker: { failureThreshold: '1/1' } });
      const { statusCode, body } = await request(agent, origin.url({ status: 500, bytes: 70_000 }));
      expect([statusCode, (await body.text()).length]).toEqual([500, 70_000]);
    });

    it('is the loser of a hedge, too, whose connection is closed', async () => {
      const { agent, interceptor } = client({ hedge: { delay: 20 } });
      const url = origin.url({ hang: true }, {});
      expect((await request(agent, url)).statusCode).toBe(200);
      const arrivals = async (): Promise<unknown[]> =>
        (await origin.counts(url)).arrivals.map(({ closedEarlyAt }) => closedEarlyAt !== undefined);
      await expect.poll(arrivals).toEqual([true, false]);
      expect(interceptor.stats()).toMatchObject({ attempts: 2, hedges: 1, retries: 0 });
    });
  });

  it('throws an HttpStatusError for a final status if rejectOnStatus says so', async () => {
    const { agent } = client({ rejectOnStatus: true });
    await expect(request(agent, origin.url({ status: 404 }))).rejects.toMatchObject({
      name: 'HttpStatusError',
      status: 404,
      response: { statusCode: 404, headers: { 'transfer-encoding': 'chunked' } },
    });
  });

  it('shows answers to classify', async () => {
    const seen: unknown[] = [];
    const interceptor = resilience({
      classify: ({ response }, { method, url }) => {
        seen.push([method, url, response?.statusCode]);
        return undefined;
      },
    });
    const url = origin.url({});
    const agent = makeAgent();
    agents.push(agent);
    await request(agent.compose(interceptor), url);
    expect(seen).toEqual([['GET', url, 200]]);
  });

  it('passes informational answers on', async () => {
    const { agent } = client();
    const { url } = await serve((_, response) => {
      response.writeEarlyHints({ link: '</style.css>; rel=preload' });
      response.end('done');
    });
    const infos: unknown[] = [];
    const { body } = await request(agent, url, { onInfo: (info: unknown) => infos.push(info) });
    expect(await body.text()).toBe('done');
    expect(infos).toMatchObject([{ statusCode: 103 }]);
  });

  it('leaves upgrades alone', async () => {
    const { agent, interceptor } = client();
    const { url, server } = await serve(() => undefined);
    server.on('upgrade', (_, socket) => {
      socket.end('HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: test\r\n\r\nhello');
    });
    const { origin: to } = new URL(url);
    const { socket } = await agent.upgrade({ path: '/', protocol: 'test', origin: to } as never);
    const [data] = (await once(socket, 'data')) as [Buffer];
    expect(String(data)).toBe('hello');
    expect(interceptor.stats().calls).toBe(0);
  });

  it('sends whatever undici takes as headers', async () => {
    const { agent } = client();
    const record = { 'x-a': '1', 'x-b': ['2', '3'] };
    const forms: unknown[] = [
      record,
      ['x-a', '1', 'x-b', '2', 'x-b', '3'],
      new Map(Object.entries(record)),
      new Headers([
        ['x-a', '1'],
        ['x-b', '2, 3'],
      ]),
    ];
    for (const headers of forms) {
      const url = origin.url({ status: 503 }, {});
      await request(agent, url, { headers, idempotencyKey: 'key' });
      const expected = { 'x-a': '1', 'x-b': '2, 3', 'idempotency-key': 'key' };
      expect((await origin.counts(url)).arrivals).toMatchObject([
        { headers: expected },
        { headers: expected },
      ]);
    }
  });

  it('rejects an invalid key and an invalid replay by name', async () => {
    const { agent } = client();
    await expect(request(agent, origin.url({}), { idempotencyKey: 1 })).rejects.toThrow(
      'idempotencyKey',
    );
    await expect(request(agent, origin.url({}), { replay: true })).rejects.toThrow('replay');
  });
}

/** What a number is when it does not change any more. */
async function settled(read: () => number): Promise<number> {
  for (let last = read(); ; last = read()) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    if (read() === last && last > 0) return last;
  }
}
