import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { createGateway } from './http-gateway.ts';

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it('passes answers on, and stops asking a service that only fails', async () => {
  let calls = 0;
  let status = 200;
  const upstream = createServer((request, response) => {
    calls += 1;
    response.writeHead(status).end(`you asked for ${request.url ?? ''}`);
  });
  const gateway = await listen(createGateway(await listen(upstream)));

  const answer = await fetch(`${gateway}/orders/1`);
  expect([answer.status, await answer.text()]).toEqual([200, 'you asked for /orders/1']);

  status = 500;
  const seen = [];
  for (let n = 0; n < 12; n += 1) seen.push((await fetch(gateway)).status);
  expect([...new Set(seen)]).toEqual([502, 503]);
  expect(calls).toBeLessThan(12);
});
