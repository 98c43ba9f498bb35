import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createFetch } from '@highway/http';
import type { Fetch } from '@highway/http';
import { Backoff } from '@highway/resilience';
import { Agent, fetch as undiciFetch } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inParallel, isFull } from './parameters.ts';

const attempts = new Map<string, number>();
const sockets = new Set<Socket>();
let mostSockets = 0;
const body = Buffer.alloc(70_000, 'x');
/** Answers the first two attempts of each path with a long 503. */
const server = createServer((request, response) => {
  const attempt = (attempts.get(request.url!) ?? 0) + 1;
  attempts.set(request.url!, attempt);
  if (attempt <= 2) {
    response.writeHead(503).end(body);
    return;
  }
  attempts.delete(request.url!);
  response.end('fine');
});
server.on('connection', (socket) => {
  sockets.add(socket);
  mostSockets = Math.max(mostSockets, sockets.size);
  socket.on('close', () => sockets.delete(socket));
});

beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe('a pool of two connections', () => {
  it('never stalls on answers that were retried, and opens no further connections', async () => {
    const agent = new Agent({ connections: 2 });
    const fetch = ((input: string, init: object) =>
      undiciFetch(input, { ...init, dispatcher: agent })) as unknown as Fetch;
    const client = createFetch({
      fetch,
      breaker: false,
      concurrency: false,
      retry: { backoff: Backoff.none, budget: false },
    });
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const run = async (name: string, calls: number): Promise<number> => {
      await inParallel(calls, 8, async (call) => {
        const response = await client(`${address}/${name}/${call}`);
        expect(await response.text()).toBe('fine');
      });
      return process.memoryUsage().rss / 1e6;
    };
    const calls = isFull ? 5_000 : 100;
    const before = await run('first', calls);
    const after = await run('second', calls);
    if (isFull)
      console.log(
        `${4 * calls} retried answers: ${mostSockets} sockets, RSS ${before.toFixed(0)} MB, then ${after.toFixed(0)} MB`,
      );
    expect(mostSockets).toBeLessThanOrEqual(3);
    expect(client.stats().retries).toBe(4 * calls);
    expect(after).toBeLessThan(before + 50);
    await agent.close();
  }, 300_000);
});
