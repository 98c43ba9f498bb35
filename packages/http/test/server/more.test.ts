import { AsyncLocalStorage } from 'node:async_hooks';
import { createServer } from 'node:http';
import { AdaptiveLimiterPolicy } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import { loadShedding } from '@highway/http/server';
import type { LoadSheddingOptions, ServerRequest } from '@highway/http/server';
import express from 'express';
import { fastify } from 'fastify';
import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { adapters } from './support/adapters.ts';
import type { Adapter } from './support/adapters.ts';
import { Held, idle, serve } from './support/fixture.ts';
import { until } from './support/until.ts';

const node = adapters.find(({ name }) => name === 'node:http')!;
const quiet = { onWarning: () => {} };
const priority = ({ headers }: ServerRequest) => headers['x-p'] as 'low';
const high = { headers: { 'x-p': 'high' } };

describe('load shedding', () => {
  it.each([
    [{ maxInFlight: 0 }, /^maxInFlight: 0 is invalid; expected an integer of at least 1/],
    [{ maxInFlight: 1.5 }, /^maxInFlight: 1.5 is invalid/],
    [{ maxLoopDelay: 0 }, /^maxLoopDelay: 0 is invalid; expected a duration longer than 0/],
    [{ maxLoopDelay: 'soon' }, /^maxLoopDelay: "soon" is invalid/],
    [{ limiter: {} }, /^limiter: .* is invalid; expected an AdaptiveLimiterPolicy/],
    [{ priority: 'high' }, /^priority: "high" is invalid; expected a function/],
    [{ exempt: '/health' }, /^exempt: "\/health" is invalid; expected an array of paths/],
    [{ exempt: ['health'] }, /^exempt: "health" is invalid; expected paths that start with "\/"/],
    [{ exempt: ['/health?x'] }, /^exempt: "\/health\?x" is invalid/],
    [{ deadline: 'yes' }, /^deadline: "yes" is invalid; expected true or false/],
    [{ onWarning: true }, /^onWarning: true is invalid; expected a function/],
    [{ clock: {} }, /^clock: .* is invalid/],
    [{ random: 1 }, /^random: 1 is invalid/],
    [
      { maxInflight: 3 },
      /^loadShedding: unknown option "maxInflight"; known options are limiter, /,
    ],
  ])('rejects the options %j', (options, message) => {
    expect(() => loadShedding(options as LoadSheddingOptions)).toThrow(message);
  });

  it('throws for a request that it has not let in', () => {
    const { signalOf } = loadShedding();
    expect(() => signalOf({})).toThrow(/^signalOf: expected a request that this load shedding/);
    expect(() => signalOf(undefined)).toThrow(/got undefined/);
  });

  it('takes its slots from the limiter that it is given', async () => {
    const held = new Held();
    const limiter = new AdaptiveLimiterPolicy({ initialLimit: 2 });
    const shed = loadShedding({ limiter, ...quiet });
    const client = await serve(node, shed, held.handler);
    const answers = [client.ask('/'), client.ask('/')];
    await held.reached(2);
    expect(limiter.inFlight).toBe(2);
    expect(await client.ask('/')).toMatchObject({ status: 503 });
    held.all();
    await Promise.all(answers);
    await idle(shed);
    expect(limiter.inFlight).toBe(0);
  });

  it('tells the limiter how long answers take, but not those that failed or whose client went', async () => {
    const clock = new ManualClock();
    const held = new Held();
    const limiter = new AdaptiveLimiterPolicy({ clock });
    const durations: unknown[] = [];
    limiter.on('success', ({ duration }) => durations.push(duration));
    limiter.on('failure', () => durations.push('failure'));
    const shed = loadShedding({ limiter, clock, ...quiet });
    const client = await serve(node, shed, held.handler);
    for (const [status, ms] of [
      [200, 30],
      [500, 1],
      [404, 40],
    ] as const) {
      const answer = client.ask('/');
      await until(() => shed.stats().inFlight === 1);
      await clock.advance(ms);
      held.next({ status });
      await answer;
      await idle(shed);
    }
    const aborted = client.send('/');
    await held.reached(4);
    aborted.destroy();
    await idle(shed);
    expect(durations).toEqual([30, 40]);
  });

  it('lets the important ones wait for a slot for three times maxLoopDelay', async () => {
    const clock = new ManualClock();
    const held = new Held();
    const shed = loadShedding({ maxInFlight: 1, clock, priority, ...quiet });
    const client = await serve(node, shed, held.handler);
    const first = client.ask('/', { headers: { 'x-p': 'low' } });
    await held.reached(1);
    const answers: number[] = [];
    const waiting = client.ask('/', high).then(({ status }) => answers.push(status));
    // Shed, so by then the one before it waits.
    await client.ask('/', { headers: { 'x-p': 'low' } });
    await clock.advance(299);
    await client.ask('/', { headers: { 'x-p': 'low' } });
    expect(answers).toEqual([]);
    await clock.advance(1);
    await waiting;
    expect(answers).toEqual([503]);
    held.all();
    await first;
  });

  it('answers with 504 when the deadline ends while a request waits', async () => {
    const clock = new ManualClock();
    const held = new Held();
    const shed = loadShedding({ maxInFlight: 1, clock, priority, ...quiet });
    const client = await serve(node, shed, held.handler);
    const first = client.ask('/', high);
    await held.reached(1);
    const waiting = client.ask('/', {
      headers: { 'x-p': 'critical', 'x-highway-timeout-ms': '50' },
    });
    await client.ask('/', { headers: { 'x-p': 'low' } });
    await clock.advance(50);
    expect(await waiting).toMatchObject({ status: 504 });
    held.all();
    await first;
    await idle(shed);
    expect(held.started).toHaveLength(1);
  });

  it('forgets a request whose client goes while it waits', async () => {
    const held = new Held();
    const requests: ServerRequest[] = [];
    const shed = loadShedding({
      maxInFlight: 1,
      priority: (request) => {
        requests.push(request);
        return 'high';
      },
    });
    const client = await serve(node, shed, held.handler);
    const first = client.ask('/');
    await held.reached(1);
    const waiting = client.send('/');
    await until(() => requests.length === 2);
    waiting.destroy();
    await until(() => shed.signalOf(requests[1]).aborted);
    held.next();
    await first;
    await idle(shed);
    const next = client.ask('/');
    await held.reached(2);
    held.next();
    expect(await next).toMatchObject({ status: 200 });
    expect(shed.stats()).toMatchObject({ accepted: 2, shed: 0 });
  });

  it('runs the handler of a request that has waited in its own async context', async () => {
    const held = new Held();
    const shed = loadShedding({ maxInFlight: 1, priority, ...quiet });
    const contexts = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const inContext: Adapter = {
      ...node,
      start: (_shed, handler) =>
        node.start(
          {
            ...shed,
            node: (wrapped) => (request, response) => {
              contexts.run(request.url ?? '', () => shed.node(wrapped)(request, response));
            },
          },
          handler,
        ),
    };
    const client = await serve(inContext, shed, (request, path) => {
      seen.push(contexts.getStore());
      return held.handler(request, path);
    });
    const answers = [client.ask('/a', high)];
    await held.reached(1);
    answers.push(client.ask('/b', high));
    await client.ask('/c', { headers: { 'x-p': 'low' } });
    held.next();
    await held.reached(2);
    held.next();
    await Promise.all(answers);
    expect(seen).toEqual(['/a', '/b']);
  });

  it('counts a request once that passes it twice', async () => {
    const shed = loadShedding({ maxInFlight: 1, ...quiet });
    const twice: Adapter = {
      ...node,
      start: (_shed, handler) =>
        node.start({ ...shed, node: (wrapped) => shed.node(shed.node(wrapped)) }, handler),
    };
    const client = await serve(twice, shed, async () => ({}));
    expect(await client.ask('/')).toMatchObject({ status: 200 });
    expect(shed.stats()).toMatchObject({ accepted: 1, shed: 0 });
  });

  it('says once a second how many requests were shed', async () => {
    const clock = new ManualClock();
    const held = new Held();
    const warnings: unknown[] = [];
    const shed = loadShedding({
      maxInFlight: 1,
      clock,
      onWarning: (message, details) => {
        warnings.push([message, details.shed]);
        throw new Error('reported, and otherwise without effect');
      },
    });
    const client = await serve(node, shed, held.handler);
    const first = client.ask('/');
    await held.reached(1);
    for (let i = 0; i < 4; i++) await client.ask('/');
    await clock.advance(1_000);
    await client.ask('/');
    expect(warnings).toEqual([
      ['The server is overloaded: 1 request was answered with 503', 1],
      ['The server is overloaded: 4 requests were answered with 503', 4],
    ]);
    held.next();
    await first;
  });

  it('asks clients to come back after 1 to 5 s', async () => {
    const held = new Held();
    const numbers = [0, 0.2, 0.5, 0.99, 1];
    const shed = loadShedding({ maxInFlight: 1, random: () => numbers.shift()!, ...quiet });
    const client = await serve(node, shed, held.handler);
    const first = client.ask('/');
    await held.reached(1);
    const asked: unknown[] = [];
    while (numbers.length > 0) asked.push((await client.ask('/')).headers['retry-after']);
    expect(asked).toEqual(['1', '2', '3', '5', '5']);
    held.next();
    await first;
  });

  it('gives the slots of injected requests back', async () => {
    const shed = loadShedding();
    const app = fastify();
    app.register(shed.fastify);
    app.get('/', async () => 'ok');
    expect((await app.inject('/')).statusCode).toBe(200);
    await idle(shed);
    const hono = new Hono().use(shed.hono).get('/', (context) => context.text('ok'));
    expect((await hono.request('/')).status).toBe(200);
    expect(shed.stats()).toMatchObject({ accepted: 2, inFlight: 1 });
    await (await hono.request('/')).text();
  });

  it('fits the types of the frameworks', () => {
    const shed = loadShedding();
    fastify().register(shed.fastify);
    express().use(shed.express);
    new Hono().use(shed.hono);
    createServer(shed.node((_request, response) => response.end()));
    expect(shed.stats()).toMatchObject({ accepted: 0 });
  });
});
