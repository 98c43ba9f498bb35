import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { Readable } from 'node:stream';
import { useResilience } from '@highway/http/axios';
import { Backoff, CircuitOpenError, isTimeout } from '@highway/resilience';
import axios, { AxiosError, CanceledError } from 'axios';
import type { AxiosInstance, AxiosRequestConfig } from 'axios';
import { afterEach, describe, expect, it } from 'vitest';
import { clientSuite, streamSuite } from '../support/client-suite.ts';
import type { MakeClient } from '../support/client-suite.ts';
import { useOrigin } from '../support/origin.ts';

const quick = { retry: { maxRetries: 2, backoff: Backoff.none, budget: false } } as const;

const make =
  (adapter: 'http' | 'fetch'): MakeClient =>
  (options) => {
    const instance = axios.create({ adapter, validateStatus: () => true, responseType: 'text' });
    const resilience = useResilience(instance, options);
    return {
      stats: resilience.stats,
      circuits: resilience.circuits,
      async send(url, { body, ...more } = {}) {
        const config = { transformRequest: (data: unknown) => data, url, data: body, ...more };
        const { status, data } = await instance.request<string>(config as AxiosRequestConfig);
        return { status, body: data };
      },
    };
  };

describe('useResilience with the http adapter', () => {
  clientSuite(make('http'));
  streamSuite(make('http'), () => Readable.from([Buffer.from('te'), Buffer.from('xt')]));
});

describe('useResilience with the fetch adapter', () => {
  clientSuite(make('fetch'));
});

describe('an instance with policies', () => {
  const origin = useOrigin();
  const servers: Server[] = [];
  const { signal: never } = new AbortController();

  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.close();
      server.closeAllConnections();
    }
  });

  function client(config: AxiosRequestConfig = {}): AxiosInstance {
    const instance = axios.create(config);
    useResilience(instance, quick);
    return instance;
  }

  async function serve(listener: RequestListener): Promise<{ url: string; server: Server }> {
    const server = createServer(listener);
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return { server, url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/` };
  }

  const failure = (promise: Promise<unknown>): Promise<unknown> =>
    promise.then(
      () => 'resolved',
      (error: unknown) => error,
    );

  it('throws the AxiosError of a status that validateStatus does not accept', async () => {
    const url = origin.url({ status: 503, body: '{"why":"busy"}' });
    const error = await failure(client().get(url));
    expect(error).toBeInstanceOf(AxiosError);
    expect(error).toMatchObject({
      code: 'ERR_BAD_RESPONSE',
      status: 503,
      config: { url, method: 'get' },
      response: { status: 503, data: { why: 'busy' }, config: { url } },
    });
    expect((await origin.counts(url)).arrivals.length).toBe(3);
  });

  it('throws an AxiosError for any bad status if rejectOnStatus says so', async () => {
    const instance = axios.create({ validateStatus: () => true });
    useResilience(instance, { ...quick, rejectOnStatus: true });
    const error = await failure(instance.get(origin.url({ status: 404 })));
    expect(error).toBeInstanceOf(AxiosError);
    expect(error).toMatchObject({ status: 404, code: 'ERR_BAD_REQUEST' });
  });

  it('throws the AxiosError of a network that failed, with its code', async () => {
    const { url, server } = await serve(() => undefined);
    server.close();
    await once(server, 'close');
    const error = await failure(client().post(url, { a: 1 }));
    expect(error).toBeInstanceOf(AxiosError);
    expect(error).toMatchObject({ code: 'ECONNREFUSED', config: { url } });
  });

  it('throws the AxiosError of an invalid URL', async () => {
    const instance = axios.create();
    const resilience = useResilience(instance, quick);
    expect(await failure(instance.get('/relative'))).toMatchObject({ code: 'ERR_INVALID_URL' });
    expect(resilience.stats()).toMatchObject({ attempts: 1 });
  });

  it('runs interceptors and transforms once', async () => {
    const instance = client();
    const runs: string[] = [];
    instance.interceptors.request.use((config) => {
      runs.push('request');
      return config;
    });
    instance.interceptors.response.use((response) => {
      runs.push('response');
      return response;
    });
    const url = origin.url({ status: 503 }, { status: 503 }, { body: '{"a":1}' });
    const { data } = await instance.put<unknown>(
      url,
      { b: 2 },
      {
        transformRequest: [
          (value) => {
            runs.push('transform');
            return JSON.stringify(value);
          },
        ],
      },
    );
    expect([data, runs]).toEqual([{ a: 1 }, ['request', 'transform', 'response']]);
    expect((await origin.counts(url)).arrivals.map(({ body }) => body)).toEqual(
      Array.from({ length: 3 }, () => '{"b":2}'),
    );
  });

  it('sends a form again', async () => {
    const url = origin.url({ status: 503 }, {});
    const form = new FormData();
    form.set('a', 'b');
    await client().put(url, form);
    const { arrivals } = await origin.counts(url);
    expect(arrivals.map(({ body }) => body.includes('name="a"\r\n\r\nb\r\n'))).toEqual([
      true,
      true,
    ]);
  });

  it('sends the config of an error again, under the same policies', async () => {
    const instance = axios.create();
    const { stats } = useResilience(instance, quick);
    instance.interceptors.response.use(null, (error: AxiosError) =>
      error.status === 401 ? instance.request(error.config!) : Promise.reject(error),
    );
    const { data } = await instance.get<unknown>(origin.url({ status: 401 }, { body: 'in' }));
    expect([data, stats().calls, stats().attempts]).toEqual(['in', 2, 2]);
  });

  describe('an abort', () => {
    it.each([
      ['before the call', (abort: () => void) => abort(), 0],
      ['during an attempt', (abort: () => void) => setTimeout(abort, 50), 1],
    ])('%s is a CanceledError', async (_, start, attempts) => {
      const url = origin.url({ hang: true });
      const controller = new AbortController();
      start(() => controller.abort());
      const error = await failure(client().get(url, { signal: controller.signal }));
      expect(error).toBeInstanceOf(CanceledError);
      expect((await origin.counts(url)).arrivals.length).toBe(attempts);
    });

    it('during a wait is a CanceledError', async () => {
      const controller = new AbortController();
      const instance = axios.create();
      useResilience(instance, {
        totalTimeout: '2h',
        retry: { backoff: new Backoff({ minDelay: '1h', maxDelay: '1h' }) },
        classify() {
          setImmediate(() => controller.abort());
          return undefined;
        },
      });
      const url = origin.url({ status: 503 });
      const error = await failure(instance.get(url, { signal: controller.signal }));
      expect(error).toBeInstanceOf(CanceledError);
    });

    it('through a cancel token is a CanceledError with its message', async () => {
      const source = axios.CancelToken.source();
      setTimeout(() => source.cancel('enough'), 50);
      const url = origin.url({ hang: true });
      const call = client().get(url, { cancelToken: source.token, signal: never });
      expect(await failure(call)).toMatchObject({ name: 'CanceledError', message: 'enough' });
    });

    it('ends the body of a streamed answer, and closes its connection', async () => {
      const { url, server } = await serve((_, response) => void response.write('start'));
      const received = once(server, 'request');
      const controller = new AbortController();
      const { signal } = controller;
      const { data } = await client().get<Readable>(url, { signal, responseType: 'stream' });
      const [{ socket }] = (await received) as [{ socket: Socket }];
      const closed = once(socket, 'close');
      const ended = failure(data.toArray());
      controller.abort();
      expect(await ended).toBeInstanceOf(Error);
      expect(await closed).toBeDefined();
    });
  });

  it("takes axios's own timeout for each attempt, and tells the server", async () => {
    const url = origin.url({ hang: true }, {});
    const { status } = await client().get(url, { timeout: 100 });
    const { arrivals } = await origin.counts(url);
    const told = arrivals.map(({ headers }) => headers['x-highway-timeout-ms']);
    expect([status, told]).toEqual([200, ['95', '95']]);
  });

  describe('a streamed answer', () => {
    it('is handed on as it comes', async () => {
      const { data } = await client().get<Readable>(
        origin.url({ status: 503 }, { bytes: 300_000 }),
        {
          responseType: 'stream',
        },
      );
      expect(Buffer.concat((await data.toArray()) as Buffer[]).length).toBe(300_000);
    });

    it('is handed back with its body if no other comes', async () => {
      const instance = axios.create({ responseType: 'stream', validateStatus: null });
      useResilience(instance, { ...quick, breaker: { failureThreshold: '1/1' } });
      const { data } = await instance.get<Readable>(origin.url({ status: 500, bytes: 70_000 }));
      expect(Buffer.concat((await data.toArray()) as Buffer[]).length).toBe(70_000);
    });

    it('may take longer than the timeouts of calls and attempts', async () => {
      const { url } = await serve((_, response) => {
        response.write('start ');
        setTimeout(() => response.end('end'), 1_000);
      });
      const instance = axios.create({ responseType: 'stream' });
      useResilience(instance, { totalTimeout: 500, attemptTimeout: 500 });
      const { data } = await instance.get<Readable>(url);
      expect(String(Buffer.concat((await data.toArray()) as Buffer[]))).toBe('start end');
    });
  });

  it('throws the error of a timeout as it is, also for a body that takes too long', async () => {
    const instance = axios.create();
    useResilience(instance, { retry: false, attemptTimeout: 100 });
    const call = instance.get(origin.url({ bytes: 10_000, stall: true }));
    expect(isTimeout(await failure(call))).toBe(true);
  });

  it('retries a body that is cut, unless it was streamed', async () => {
    const url = origin.url({ bytes: 100_000, cut: true }, { body: 'whole' });
    expect((await client().get<unknown>(url)).data).toBe('whole');
  });

  it('rejects an invalid key by name', async () => {
    const call = client().get(origin.url({}), { idempotencyKey: 1 as never });
    expect(await failure(call)).toHaveProperty(
      'message',
      expect.stringContaining('idempotencyKey'),
    );
  });

  it('puts policies around an adapter of the request, too', async () => {
    let attempts = 0;
    const adapter: NonNullable<AxiosRequestConfig['adapter']> = (config) => {
      const status = ++attempts === 1 ? 503 : 200;
      return Promise.resolve({ data: '', status, statusText: '', headers: {}, config });
    };
    const { status } = await client().get('/relative', { adapter });
    expect([status, attempts]).toEqual([200, 2]);
  });
});

describe('useResilience', () => {
  const origin = useOrigin();

  it('can be taken out', async () => {
    const instance = axios.create({ validateStatus: null });
    const takeOut = useResilience(instance, quick);
    takeOut();
    takeOut();
    const url = origin.url({ status: 503 });
    await instance.get(url);
    expect((await origin.counts(url)).arrivals.length).toBe(1);
    expect(takeOut.stats().calls).toBe(0);
    useResilience(instance, quick)();
  });

  it('works with the default instance, and leaves instances made of it alone', async () => {
    const takeOut = useResilience(axios, quick);
    try {
      const [url, other] = [origin.url({ status: 503 }, {}), origin.url({ status: 503 }, {})];
      expect((await axios.get(url)).status).toBe(200);
      expect((await axios.create({ validateStatus: null }).get(other)).status).toBe(503);
    } finally {
      takeOut();
    }
  });

  it('rejects an instance that has policies already', () => {
    const instance = axios.create();
    useResilience(instance);
    expect(() => useResilience(instance)).toThrow(
      'useResilience: this instance has policies already',
    );
  });

  it('checks options by name', () => {
    expect(() => useResilience(axios.create(), { concurrency: 0 })).toThrow('concurrency');
    expect(() => useResilience(axios.create(), { other: 1 } as never)).toThrow(
      'useResilience: unknown option "other"',
    );
  });

  it('shows its policies', async () => {
    const instance = axios.create();
    const resilience = useResilience(instance, { ...quick, breaker: { failureThreshold: '1/1' } });
    const url = origin.url({ status: 500 });
    await instance.post(url).catch(() => undefined);
    await expect(instance.post(url)).rejects.toBeInstanceOf(CircuitOpenError);
    expect(resilience.policies.map(({ type }) => type)).toContain('circuitBreaker');
    expect(resilience.stats()).toMatchObject({ calls: 2, attempts: 1, rejected: 1 });
  });
});
