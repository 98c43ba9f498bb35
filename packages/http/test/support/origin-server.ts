/**
 * The server of the tests: each request says in its URL what happens to it, and the server counts. So tests need no
 * other way to control it, and can run where they cannot start one: `node origin-server.ts` starts it as a process of
 * its own, and prints its address.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { pathToFileURL } from 'node:url';
import type { Arrival, ServerCounts, Step } from './script.ts';

/** A running server. */
export interface OriginServer {
  readonly address: string;
  /** What has arrived, by the id in the URL. */
  readonly arrivals: ReadonlyMap<string, readonly Arrival[]>;
  close(): Promise<void>;
}

const cors = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': '*, authorization',
  'access-control-allow-methods': '*, QUERY, DELETE, PUT, PATCH',
  'access-control-expose-headers': '*',
};

class Scripts {
  readonly arrivals = new Map<string, Arrival[]>();
  readonly sockets = new Set<Socket>();
  totalSockets = 0;
  mostSockets = 0;

  connected(socket: Socket): void {
    this.totalSockets++;
    this.sockets.add(socket);
    this.mostSockets = Math.max(this.mostSockets, this.sockets.size);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => {});
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(request.url!, 'http://origin');
    const [, kind, id = ''] = pathname.split('/');
    const isPreflight = request.headers['access-control-request-method'] !== undefined;
    if (isPreflight) response.writeHead(204, cors).end();
    else if (kind === 'counts') this.#count(id, response);
    else void this.#play(id, searchParams, [request, response]);
  }

  #count(id: string, response: ServerResponse): void {
    const counts: ServerCounts = {
      arrivals: this.arrivals.get(id) ?? [],
      openSockets: this.sockets.size,
      mostSockets: this.mostSockets,
      totalSockets: this.totalSockets,
    };
    // Its own connection closes, so that it does not count the next time.
    response.writeHead(200, { ...cors, connection: 'close', 'content-type': 'application/json' });
    response.end(JSON.stringify(counts));
  }

  async #play(
    id: string,
    query: URLSearchParams,
    [request, response]: readonly [IncomingMessage, ServerResponse],
  ): Promise<void> {
    const steps = JSON.parse(query.get('steps') ?? '[{}]') as readonly Step[];
    const arrivals = this.arrivals.get(id) ?? [];
    const step = steps[Math.min(arrivals.length, steps.length - 1)]!;
    const arrival: Arrival = {
      method: request.method!,
      headers: request.headers,
      bytes: 0,
      body: '',
      at: performance.now(),
      closedEarlyAt: undefined,
    };
    arrivals.push(arrival);
    this.arrivals.set(id, arrivals);
    request.on('error', () => {});
    response.on('error', () => {});
    response.on('close', () => {
      if (!response.writableFinished) arrival.closedEarlyAt = performance.now();
    });
    if (step.reset === 'beforeBody') {
      request.socket.destroy();
      return;
    }
    await readBody(request, arrival);
    if (step.reset === 'afterBody') request.socket.destroy();
    else if (step.hang !== true) setTimeout(() => answer(step, response), step.delayMs ?? 0);
  }
}

async function readBody(request: IncomingMessage, arrival: Arrival): Promise<void> {
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      arrival.bytes += chunk.length;
      if (arrival.bytes < 1_000) arrival.body += chunk.toString();
    }
  } catch {
    // The client has gone.
  }
}

function answer(step: Step, response: ServerResponse): void {
  const { status = 200, headers = {}, bytes, body, cut, stall } = step;
  const text = body ?? (bytes === undefined ? String(status) : 'x'.repeat(bytes));
  response.writeHead(status, { ...cors, ...headers });
  if (cut === true || stall === true) {
    response.flushHeaders();
    response.write(text.slice(0, text.length / 2 + 1), () => {
      if (cut === true) setImmediate(() => response.destroy());
    });
  } else response.end(status === 204 || status === 304 ? undefined : text);
}

/** Starts a server on a free port. */
export async function startOriginServer(): Promise<OriginServer> {
  const scripts = new Scripts();
  const server = createServer((request, response) => {
    scripts.handle(request, response);
  });
  server.on('connection', (socket: Socket) => {
    scripts.connected(socket);
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}`,
    arrivals: scripts.arrivals,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  console.log((await startOriginServer()).address);
}
