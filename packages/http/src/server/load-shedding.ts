import type { IncomingMessage, ServerResponse } from 'node:http';
import { expressMiddleware } from './express.ts';
import type { ExpressMiddleware } from './express.ts';
import { fastifyPlugin } from './fastify.ts';
import type { FastifyPlugin } from './fastify.ts';
import { honoMiddleware } from './hono.ts';
import type { HonoMiddleware } from './hono.ts';
import { nodeHandler } from './node.ts';
import type { NodeHandler } from './node.ts';
import { readLoadSheddingOptions } from './options.ts';
import type { LoadSheddingOptions, ServerRequest } from './options.ts';
import { Shedder } from './shedder.ts';
import type { LoadSheddingStats } from './shedder.ts';

/** Load shedding for a server. One object has one state, wherever it is used. */
export interface LoadShedding {
  /** A plugin: `app.register(shed.fastify)`. */
  readonly fastify: FastifyPlugin;
  /** A middleware: `app.use(shed.express)`, before those that read bodies. */
  readonly express: ExpressMiddleware;
  /** A middleware: `app.use(shed.hono)`, before those that read bodies. */
  readonly hono: HonoMiddleware;
  /** Wraps a handler: `createServer(shed.node(handler))`. */
  readonly node: <
    Request extends IncomingMessage = IncomingMessage,
    Response extends ServerResponse = ServerResponse,
  >(
    handler: NodeHandler<Request, Response>,
  ) => (request: Request, response: Response) => void;
  /** What it has done so far, and how the server is. */
  stats(): LoadSheddingStats;
  /**
   * A signal that aborts when the client of a request goes before its response is complete, and at the deadline that it has sent. Takes the
   * framework's own request, as `priority` does (of Fastify also its `raw`). Throws a `TypeError` for a request that
   * was not let in.
   */
  signalOf(request: unknown): AbortSignal;
}

/**
 * Sheds load: a server that gets more requests than it can handle answers as many as it can in time, the
 * most important first, and the others at once with 503 and a `Retry-After` of 1 to 5 s, before their body is read.
 *
 * It watches two things: how many requests are in flight, and how late the event loop is. Requests whose deadline is
 * over when they would start get 504. Holds a timer while there are requests, which does not keep the process alive.
 *
 * Throws a `TypeError` or `RangeError` that names the first option that is invalid or unknown.
 *
 * @example
 * const shed = loadShedding({ exempt: ['/health'] });
 * createServer(shed.node(handler)).listen(8080);
 */
export function loadShedding<Request = ServerRequest>(
  options: LoadSheddingOptions<Request> = {},
): LoadShedding {
  const shedder = new Shedder(readLoadSheddingOptions(options));
  return {
    fastify: fastifyPlugin(shedder),
    express: expressMiddleware(shedder),
    hono: honoMiddleware(shedder),
    node: (handler) => nodeHandler(shedder, handler),
    stats: () => shedder.stats(),
    signalOf: (request) => shedder.signalOf(request),
  };
}
