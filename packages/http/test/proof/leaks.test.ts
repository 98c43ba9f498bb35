import { getEventListeners } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createFetch } from '@highway/http';
import { Backoff } from '@highway/resilience';
import { describe, expect, it } from 'vitest';
import { inParallel, isFull } from './parameters.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** What is in use after everything that can be freed has been freed. */
async function heap(): Promise<number> {
  for (let turn = 0; turn < 5; turn++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().heapUsed;
}

describe('many calls', () => {
  it('leave nothing on a signal that outlives them', async () => {
    const server = createServer((request, response) => {
      response.statusCode = request.url === '/503' ? 503 : 200;
      response.end('body');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { signal } = new AbortController();
    const client = createFetch({
      breaker: false,
      retry: { maxRetries: 1, backoff: Backoff.none, budget: false },
    });
    const run = (calls: number): Promise<void> =>
      inParallel(calls, 10, async (call) => {
        await (await client(`${address}/${call % 10 === 0 ? '503' : '200'}`, { signal })).text();
      });
    await run(1_000);
    const before = await heap();
    const calls = isFull ? 20_000 : 1_500;
    await run(calls);
    const bytes = (await heap()) - before;
    if (isFull) console.log(`${(bytes / calls).toFixed(1)} bytes left for each call`);
    expect(getEventListeners(signal, 'abort').length).toBe(0);
    expect(bytes).toBeLessThan(1_000_000);
    server.closeAllConnections();
    server.close();
  }, 900_000);
});
