// A server in a process of its own: which framework, which kind of handler, and whether it sheds load.
import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { loadShedding } from '@highway/http/server';
import type { LoadShedding, ServerRequest } from '@highway/http/server';
import express from 'express';
import { fastify } from 'fastify';
import { Hono } from 'hono';
import type { HonoRequest } from 'hono';
import type { Framework } from '../frameworks.ts';
import { work } from '../handlers.ts';
import type { Kind } from '../handlers.ts';

const [framework = 'node', kind = 'cpu', shedding = 'yes'] = process.argv.slice(2);
const run = work[kind as Kind];

type Prioritized = ServerRequest | HonoRequest;
const shed = loadShedding({
  priority: (request: Prioritized) => {
    const read = 'raw' in request && 'param' in request ? request.header('x-priority') : undefined;
    const { headers } = request as ServerRequest;
    return (read ?? headers['x-priority'] ?? 'normal') as 'normal';
  },
  onWarning: () => {
    // The table says how many were shed.
  },
});

function answer(response: ServerResponse): void {
  const done = run();
  if (done === undefined) response.end('ok');
  else void done.then(() => response.end('ok'));
}

/** Each framework with its handler, and load shedding in front of it if there is to be any. */
const servers: Readonly<
  Record<Framework, (shed: LoadShedding | undefined) => Server | Promise<Server>>
> = {
  node(load) {
    const handler = (_request: unknown, response: ServerResponse): void => {
      answer(response);
    };
    return createServer(load === undefined ? handler : load.node(handler));
  },
  express(load) {
    const app = express();
    if (load !== undefined) app.use(load.express);
    app.get('/', (_request, response) => {
      answer(response);
    });
    return createServer(app);
  },
  async fastify(load) {
    const app = fastify();
    if (load !== undefined) await app.register(load.fastify);
    app.get('/', async () => {
      await run();
      return 'ok';
    });
    await app.ready();
    return app.server;
  },
  hono(load) {
    const app = new Hono();
    if (load !== undefined) app.use(load.hono);
    app.get('/', async (context) => {
      await run();
      return context.text('ok');
    });
    return createAdaptorServer({ fetch: app.fetch }) as Server;
  },
};

const server = await servers[framework as Framework](shedding === 'yes' ? shed : undefined);
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => {
  process.exit();
});
