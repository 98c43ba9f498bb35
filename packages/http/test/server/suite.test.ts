import { once } from 'node:events';
import { ManualClock } from '@highway/resilience/testing';
import { loadShedding } from '@highway/http/server';
import type { ServerWarningDetails } from '@highway/http/server';
import { describe, expect, it } from 'vitest';
import { adapters } from './support/adapters.ts';
import { Held, idle, serve } from './support/fixture.ts';
import { until } from './support/until.ts';

/** How many requests are aborted: `npm run test:http` takes longer. */
const aborts = process.env['HTTP_PROOF'] === 'full' ? 10_000 : 100;

const ok = async () => ({});
const quiet = { onWarning: () => {} };

describe.each(adapters)('load shedding with $name', (adapter) => {
  it('lets requests through, and counts them', async () => {
    const shed = loadShedding();
    const client = await serve(adapter, shed, async (_request, path) => ({ body: path }));
    expect(await client.ask('/a?b=c')).toMatchObject({ status: 200, text: '/a' });
    expect(await client.ask('/b', { method: 'POST', body: 'x' })).toMatchObject({ status: 200 });
    await idle(shed);
    expect(shed.stats()).toMatchObject({ accepted: 2, shed: 0, expired: 0, inFlight: 0 });
  });

  it('answers with 503 and Retry-After while all slots are taken', async () => {
    const held = new Held();
    const shed = loadShedding({ maxInFlight: 1, random: () => 0.5, ...quiet });
    const client = await serve(adapter, shed, held.handler);
    const first = client.ask('/');
    await held.reached(1);
    const second = await client.ask('/');
    expect(second).toMatchObject({ status: 503, text: '' });
    expect(second.headers).toMatchObject({ 'retry-after': '3', 'content-length': '0' });
    expect(shed.stats()).toMatchObject({ accepted: 1, shed: 1, inFlight: 1 });
    held.next();
    expect(await first).toMatchObject({ status: 200 });
    await idle(shed);
    const third = client.ask('/');
    await held.reached(2);
    held.next();
    expect(await third).toMatchObject({ status: 200 });
  });

  it('keeps the connection of a request that is shed with its body unread', async () => {
    const held = new Held();
    const shed = loadShedding({ maxInFlight: 1, ...quiet });
    const client = await serve(adapter, shed, held.handler, 2);
    const first = client.ask('/');
    await held.reached(1);
    const ports = new Set<number | undefined>();
    for (let i = 0; i < 5; i++) {
      const body = 'x'.repeat(100_000);
      const { status, localPort } = await client.ask('/', { method: 'POST', body });
      expect(status).toBe(503);
      ports.add(localPort);
    }
    expect(ports.size).toBe(1);
    held.next();
    await first;
  });

  it('answers with 504 when the deadline is over before the handler runs', async () => {
    const held = new Held();
    const shed = loadShedding();
    const client = await serve(adapter, shed, held.handler);
    for (const headers of [
      { 'x-highway-timeout-ms': '0' },
      { 'grpc-timeout': '0m' },
      { 'x-envoy-expected-rq-timeout-ms': '0' },
    ]) {
      expect(await client.ask('/', { headers })).toMatchObject({ status: 504, text: '' });
    }
    expect(held.started).toHaveLength(0);
    expect(shed.stats()).toMatchObject({ accepted: 0, shed: 0, expired: 3, inFlight: 0 });
  });

  it('ignores deadlines where it is told to', async () => {
    const shed = loadShedding({ deadline: false });
    const client = await serve(adapter, shed, ok);
    const headers = { 'x-highway-timeout-ms': '0' };
    expect(await client.ask('/', { headers })).toMatchObject({ status: 200 });
  });

  it('gives the handler a signal that aborts at the deadline', async () => {
    const clock = new ManualClock();
    const shed = loadShedding({ clock });
    const signals: AbortSignal[] = [];
    const client = await serve(adapter, shed, async (request) => {
      const signal = shed.signalOf(request);
      signals.push(signal);
      if (!signal.aborted) await once(signal, 'abort');
      return { body: (signal.reason as Error).name };
    });
    const answer = client.ask('/', { headers: { 'x-highway-timeout-ms': '80' } });
    await until(() => signals.length > 0);
    await clock.advance(79);
    expect(signals[0]!.aborted).toBe(false);
    await clock.advance(1);
    expect(await answer).toMatchObject({ status: 200, text: 'TimeoutError' });
    await idle(shed);
  });

  it('aborts the signal and gives the slot back when the client goes', async () => {
    const held = new Held();
    const shed = loadShedding();
    const client = await serve(adapter, shed, held.handler);
    const request = client.send('/');
    await held.reached(1);
    const signal = shed.signalOf(held.started[0]);
    expect(signal.aborted).toBe(false);
    request.destroy();
    await idle(shed);
    expect(signal.reason).toMatchObject({ name: 'AbortError' });
    held.all();
  });

  it('does not abort the signal of a request that was answered', async () => {
    const shed = loadShedding();
    const signals: AbortSignal[] = [];
    const client = await serve(adapter, shed, async (request) => {
      signals.push(shed.signalOf(request));
      return {};
    });
    await client.ask('/', { headers: { 'x-highway-timeout-ms': '60000' } });
    await idle(shed);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
  });

  it('lets the paths through that are exempt, whatever their query', async () => {
    const held = new Held();
    const shed = loadShedding({ maxInFlight: 1, exempt: ['/health'], ...quiet });
    const client = await serve(adapter, shed, (request, path) =>
      path === '/held' ? held.handler(request, path) : ok(),
    );
    const first = client.ask('/held');
    await held.reached(1);
    expect(await client.ask('/health')).toMatchObject({ status: 200 });
    expect(await client.ask('/health?full=1')).toMatchObject({ status: 200 });
    expect(await client.ask('/health/')).toMatchObject({ status: 503 });
    expect(await client.ask('/Health')).toMatchObject({ status: 503 });
    expect(shed.stats()).toMatchObject({ accepted: 1, shed: 2 });
    held.next();
    await first;
  });

  it('asks for the priority with the request of the framework', async () => {
    const asked: unknown[] = [];
    const seen: unknown[] = [];
    const shed = loadShedding<unknown>({
      priority: (request) => {
        asked.push(request);
        return 'high';
      },
    });
    const client = await serve(adapter, shed, async (request) => {
      seen.push(request);
      return {};
    });
    await client.ask('/');
    expect(asked).toHaveLength(1);
    expect(asked[0]).toBe(seen[0]);
  });

  it('sheds the low ones first, and lets the important ones wait for a slot', async () => {
    const held = new Held();
    const shed = loadShedding({
      maxInFlight: 4,
      priority: (request: { headers?: Record<string, string>; header?: unknown }) => {
        const { header } = request as { header?: (name: string) => string };
        return (header?.call(request, 'x-p') ?? request.headers?.['x-p']) as 'low';
      },
      ...quiet,
    });
    const client = await serve(adapter, shed, held.handler);
    const ask = (priority: string) => client.ask('/', { headers: { 'x-p': priority } });
    const running = [ask('low'), ask('low'), ask('low')];
    await held.reached(3);
    expect(await ask('low')).toMatchObject({ status: 503 });
    running.push(ask('normal'));
    await held.reached(4);
    expect(await ask('normal')).toMatchObject({ status: 503 });
    const important = ask('high');
    const ignored = await ask('normal');
    expect(ignored).toMatchObject({ status: 503 });
    held.next();
    await held.reached(5);
    held.all();
    expect(await important).toMatchObject({ status: 200 });
    await Promise.all(running);
    await idle(shed);
  });

  it('counts a request as normal whose priority is invalid, and says so once a second', async () => {
    const clock = new ManualClock();
    const warnings: [string, ServerWarningDetails][] = [];
    const answers: (() => unknown)[] = [
      () => 'urgent',
      () => Promise.reject(new Error('late')),
      () => undefined,
    ];
    const shed = loadShedding({
      clock,
      priority: () => {
        if (answers.length > 0) return answers.shift()!() as 'low';
        throw new Error('no priority today');
      },
      onWarning: (message, details) => warnings.push([message, details]),
    });
    const client = await serve(adapter, shed, ok);
    for (let i = 0; i < 4; i++) expect(await client.ask('/')).toMatchObject({ status: 200 });
    await clock.advance(1_000);
    expect(await client.ask('/')).toMatchObject({ status: 200 });
    expect(warnings.map(([message]) => message)).toEqual([
      expect.stringContaining(
        'priority: "urgent" is invalid; expected one of critical, high, normal, low',
      ),
      expect.stringContaining('no priority today'),
    ]);
    expect(warnings[0]![1]).toMatchObject({ code: 'HIGHWAY_HTTP_PRIORITY' });
  });

  it('holds the slot of a streamed answer until its end', async () => {
    const shed = loadShedding();
    let end = (): void => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    async function* chunks() {
      yield 'begin,';
      await ended;
      yield 'end';
    }
    const client = await serve(adapter, shed, async () => ({ body: chunks() }));
    const answer = client.ask('/');
    const [response] = (await once(client.send('/'), 'response')) as [NodeJS.ReadableStream];
    response.resume();
    expect(shed.stats().inFlight).toBe(2);
    end();
    expect(await answer).toMatchObject({ status: 200, text: 'begin,end' });
    await idle(shed);
  });

  it('gives the slot back when the client goes in the middle of a streamed answer', async () => {
    const shed = loadShedding();
    async function* chunks() {
      yield 'begin,';
      await new Promise(() => {});
    }
    const client = await serve(adapter, shed, async () => ({ body: chunks() }));
    const request = client.send('/');
    const [response] = (await once(request, 'response')) as [NodeJS.ReadableStream];
    response.on('error', () => {});
    expect(shed.stats().inFlight).toBe(1);
    request.destroy();
    await idle(shed);
  });

  it('gives the slot back when a handler fails', async () => {
    const shed = loadShedding();
    const client = await serve(adapter, shed, async () => {
      throw new Error('broken');
    });
    for (let i = 0; i < 3; i++) expect(await client.ask('/')).toMatchObject({ status: 500 });
    await idle(shed);
    expect(shed.stats()).toMatchObject({ accepted: 3, shed: 0 });
  });

  it('has nothing in flight after many aborts', { timeout: 300_000 }, async () => {
    const shed = loadShedding({ maxInFlight: 20, ...quiet });
    const client = await serve(adapter, shed, () => new Promise(() => {}));
    for (let sent = 0; sent < aborts; sent += 10) {
      const requests = Array.from({ length: 10 }, () => client.send('/'));
      await until(() => {
        const { accepted, shed: rejected } = shed.stats();
        return accepted + rejected >= sent + 10;
      });
      for (const request of requests) request.destroy();
      await idle(shed);
    }
    expect(shed.stats()).toMatchObject({ inFlight: 0 });
  });
});
