import type { LoadShedding } from '@highway/http/server';
import { onTestFinished } from 'vitest';
import type { Adapter, Handler, Reply } from './adapters.ts';
import { Client } from './client.ts';
import { until } from './until.ts';

/** A handler whose requests stay open until the test lets them go. */
export class Held {
  readonly started: unknown[] = [];
  readonly #open: ((reply: Reply) => void)[] = [];

  readonly handler: Handler = (request) => {
    this.started.push(request);
    return new Promise((resolve) => {
      this.#open.push(resolve);
    });
  };

  /** Waits until so many have started. */
  async reached(count: number): Promise<void> {
    await until(() => this.started.length >= count);
  }

  /** Lets the first one go that is still held. */
  next(reply: Reply = {}): void {
    this.#open.shift()?.(reply);
  }

  all(): void {
    while (this.#open.length > 0) this.next();
  }
}

/** A server with load shedding and a client for it, until the test ends. */
export async function serve(
  adapter: Adapter,
  shed: LoadShedding,
  handler: Handler,
  maxSockets?: number,
): Promise<Client> {
  const server = await adapter.start(shed, handler);
  const client = new Client(server.port, maxSockets);
  onTestFinished(async () => {
    client[Symbol.dispose]();
    await server.close();
  });
  return client;
}

/** Waits until nothing is in flight. */
export async function idle(shed: LoadShedding): Promise<void> {
  await until(() => shed.stats().inFlight === 0);
}
