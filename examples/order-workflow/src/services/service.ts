import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Order } from '../orders.ts';

/** A call to a service. */
export interface ServiceCall {
  /** What is asked for: the path, without its slash. */
  readonly effect: string;
  readonly key: string;
  readonly order: Order;
}

/** How a service answers. */
export interface Answer {
  readonly status: number;
  readonly body: object;
}

/** Does a service's work. */
export type Work = (call: ServiceCall) => Promise<Answer>;

/** Starts a service on a free port, and gives its URL. */
export async function startService(work: Work): Promise<string> {
  const server = createServer((request, response) => {
    void serve(work, request, response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${portOf(server)}`;
}

/** Waits; services take their time. */
export async function take(ms: number): Promise<void> {
  await sleep(ms);
}

async function serve(
  work: Work,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const call = await readCall(request).catch(() => undefined);
  // A caller who died in the middle of the request: there is nobody to answer.
  if (call === undefined) return void response.writeHead(400).end();
  const { status, body } = await work(call);
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function readCall(request: IncomingMessage): Promise<ServiceCall> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  const key = request.headers['idempotency-key'];
  if (typeof key !== 'string') throw new Error('There is no idempotency key');
  return { effect: (request.url ?? '').slice(1), key, order: JSON.parse(text) as Order };
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
