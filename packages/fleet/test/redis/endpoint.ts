import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';

interface Way {
  readonly client: Socket;
  readonly server: Socket;
  listens: boolean;
  dropped: boolean;
}

/** A stable address, like that of a managed service, that leads to one server or another. */
export class Endpoint implements AsyncDisposable {
  readonly host = '127.0.0.1';
  port = 0;
  /** The server for new connections; existing ones stay. */
  target: number;
  readonly #ways = new Set<Way>();
  readonly #server = createServer((client) => {
    this.#accept(client);
  });

  private constructor(target: number) {
    this.target = target;
  }

  static async open(target: number): Promise<Endpoint> {
    const endpoint = new Endpoint(target);
    await new Promise<void>((resolve) => endpoint.#server.listen(0, endpoint.host, resolve));
    const address = endpoint.#server.address();
    if (typeof address === 'object' && address !== null) endpoint.port = address.port;
    return endpoint;
  }

  /** Drops the connections for notices silently, like a load balancer. */
  dropListeners(): number {
    const listening = [...this.#ways].filter(({ listens }) => listens);
    for (const way of listening) way.dropped = true;
    return listening.length;
  }

  [Symbol.asyncDispose](): Promise<void> {
    for (const { client, server } of this.#ways) {
      client.destroy();
      server.destroy();
    }
    return new Promise((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
  }

  #accept(client: Socket): void {
    const way = { client, server: connect(this.target, this.host), listens: false, dropped: false };
    this.#ways.add(way);
    client.on('data', (data) => {
      way.listens ||= /subscribe/i.test(data.toString('latin1'));
      if (!way.dropped) way.server.write(data);
    });
    way.server.on('data', (data) => {
      if (!way.dropped) client.write(data);
    });
    for (const [from, to] of [
      [client, way.server],
      [way.server, client],
    ] as const) {
      from.on('error', () => undefined);
      from.on('close', () => {
        if (!way.dropped) to.destroy();
      });
    }
  }
}
