import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished, vi } from 'vitest';
import { handler } from './lambda.ts';

it('answers with the order, before Lambda ends it, and at once while the circuit is open', async () => {
  let answer: number | undefined = 200;
  const service = createServer((request, response) => {
    if (answer !== undefined) response.writeHead(answer).end(request.url);
  });
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    service.closeAllConnections();
    service.close();
    vi.unstubAllEnvs();
  });
  vi.stubEnv('ORDERS_URL', `http://127.0.0.1:${(service.address() as AddressInfo).port}`);

  const within = (ms: number) => ({ getRemainingTimeInMillis: () => ms });
  expect(await handler({ id: '7' }, within(30_000))).toEqual({
    statusCode: 200,
    body: '/orders/7',
  });

  answer = undefined;
  expect(await handler({ id: '7' }, within(600))).toMatchObject({ statusCode: 504 });

  answer = 500;
  expect(await handler({ id: '7' }, within(30_000))).toMatchObject({ statusCode: 502 });
  expect(await handler({ id: '7' }, within(30_000))).toMatchObject({ statusCode: 503 });
});
