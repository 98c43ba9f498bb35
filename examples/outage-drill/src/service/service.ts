import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Answer, AnswerKind } from './service-life.ts';

/** Starts an HTTP server on the loopback interface that answers each request as `decide` says. */
export async function startService(decide: () => Answer): Promise<Server> {
  const server = createServer((_request, response) => {
    const { kind, delay } = decide();
    setTimeout(respond, delay, response, kind);
  });
  // Only the script ends connections: idle ones stay open, and so do those that hang.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  return server;
}

/** The port that a server listens on. */
export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function respond(response: ServerResponse, kind: AnswerKind): void {
  switch (kind) {
    case 'ok':
      response.end('fine\n');
      break;
    case 'error':
      response.writeHead(500).end('broken\n');
      break;
    case 'overloaded':
      response.writeHead(503).end('overloaded\n');
      break;
    case 'reset':
      response.socket?.resetAndDestroy();
      break;
    case 'hang':
      break;
  }
}
