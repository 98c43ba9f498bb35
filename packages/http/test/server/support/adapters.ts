import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { createAdaptorServer } from '@hono/node-server';
import type { LoadShedding } from '@highway/http/server';
import express from 'express';
import type { ErrorRequestHandler } from 'express';
import { fastify } from 'fastify';
import { Hono } from 'hono';

/** What a handler answers. */
export interface Reply {
  readonly status?: number;
  readonly body?: string | AsyncIterable<string>;
}

/** A handler without a framework: gets the framework's own request, and its path. */
export type Handler = (request: unknown, path: string) => Promise<Reply>;

export interface TestServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Starts a real server with load shedding in front of a handler. */
export interface Adapter {
  readonly name: string;
  start(shed: LoadShedding, handler: Handler): Promise<TestServer>;
}

function listen(server: Server): Promise<TestServer> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve({
        port: (server.address() as AddressInfo).port,
        close: () =>
          new Promise((closed) => {
            server.close(() => {
              closed();
            });
            server.closeAllConnections();
          }),
      });
    });
  });
}

function send(response: ServerResponse, { status = 200, body = 'ok' }: Reply): void {
  response.statusCode = status;
  if (typeof body === 'string') response.end(body);
  else Readable.from(body).pipe(response);
}

const pathOf = (url = '/'): string => url.replace(/\?.*/, '');

const node: Adapter = {
  name: 'node:http',
  start: (shed, handler) =>
    listen(
      createServer(
        shed.node((request, response) => {
          handler(request, pathOf(request.url)).then(
            (reply) => {
              send(response, reply);
            },
            () => {
              send(response, { status: 500 });
            },
          );
        }),
      ),
    ),
};

const withExpress: Adapter = {
  name: 'Express',
  start(shed, handler) {
    const app = express();
    app.use(shed.express);
    app.use(express.text({ limit: '10mb' }));
    app.use(async (request, response) => {
      send(response, await handler(request, request.path));
    });
    const failed: ErrorRequestHandler = (_error, _request, response, next) => {
      if (response.headersSent) next();
      else response.status(500).end();
    };
    app.use(failed);
    return listen(createServer(app));
  },
};

const withFastify: Adapter = {
  name: 'Fastify',
  async start(shed, handler) {
    const app = fastify({ forceCloseConnections: true, bodyLimit: 10_000_000 });
    await app.register(shed.fastify);
    app.all('*', async (request, reply) => {
      const { status = 200, body = 'ok' } = await handler(request, pathOf(request.url));
      return reply
        .code(status)
        .type('text/plain')
        .send(typeof body === 'string' ? body : Readable.from(body));
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    return { port: (app.server.address() as AddressInfo).port, close: () => app.close() };
  },
};

function honoApp(shed: LoadShedding, handler: Handler): Hono {
  const app = new Hono();
  app.use(shed.hono);
  app.all('*', async (context) => {
    const { status = 200, body = 'ok' } = await handler(context.req, context.req.path);
    if (typeof body === 'string') return new Response(body, { status });
    const stream = Readable.toWeb(Readable.from(body, { objectMode: false }));
    return new Response(stream as unknown as ReadableStream, { status });
  });
  app.onError(() => new Response(null, { status: 500 }));
  return app;
}

const withHono: Adapter = {
  name: 'Hono on node-server',
  start: (shed, handler) =>
    listen(createAdaptorServer({ fetch: honoApp(shed, handler).fetch }) as Server),
};

/** Hono does not get to see the response of Node here, as on other runtimes. */
const withHonoAlone: Adapter = {
  name: 'Hono without a response of Node',
  start(shed, handler) {
    const app = honoApp(shed, handler);
    return listen(createAdaptorServer({ fetch: (request) => app.fetch(request) }) as Server);
  },
};

export const adapters: readonly Adapter[] = [
  node,
  withExpress,
  withFastify,
  withHono,
  withHonoAlone,
];
