import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { pollUntil } from '../machine/poll.ts';
import { checkPort, freePort, localHost } from '../machine/ports.ts';
import { Link } from './link.ts';

/** A way to a server that can be broken in the ways in which networks break. */
export interface TcpProxy extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** How many clients are connected. */
  readonly connections: number;
  /** Bytes that went from clients to the server. */
  readonly bytesIn: number;
  /** Bytes that went from the server to clients. */
  readonly bytesOut: number;
  /** Resets all connections and refuses new ones, until {@link heal}. */
  cut(): Promise<void>;
  /**
   * Keeps the connections and swallows what goes over them, both ways, until {@link heal}. New
   * connections are made and reach nobody.
   */
  blackhole(): Promise<void>;
  /**
   * Ends {@link cut} and {@link blackhole}. Connections of which bytes were swallowed are reset
   * then; the others go on. The delay stays.
   */
  heal(): Promise<void>;
  /** Delays each chunk by this many milliseconds, each way, in their order; 0 ends it. */
  delay(ms: number): void;
  /** Resets all connections and ends the proxy. */
  stop(): Promise<void>;
}

export interface ProxyOptions {
  readonly host: string;
  readonly port: number;
}

/** Starts a proxy on a free port, in this process, before the given server. */
export async function startProxy({ host, port }: ProxyOptions): Promise<TcpProxy> {
  checkPort(port);
  const proxy = new Proxy({ host, port }, await freePort());
  await proxy.heal();
  return proxy;
}

class Proxy implements TcpProxy {
  readonly host = localHost;
  readonly port: number;
  bytesIn = 0;
  bytesOut = 0;
  readonly #target: ProxyOptions;
  readonly #conditions = { blackholed: false, delayMs: 0 };
  readonly #links = new Set<Link>();
  #server: Server | undefined;

  constructor(target: ProxyOptions, port: number) {
    this.#target = target;
    this.port = port;
  }

  get connections(): number {
    return this.#links.size;
  }

  async cut(): Promise<void> {
    const closed = this.#close();
    for (const link of this.#links) link.reset();
    await closed;
    await pollUntil('connections of the proxy to close', 5000, () => this.#links.size === 0);
  }

  async blackhole(): Promise<void> {
    this.#conditions.blackholed = true;
    await this.#listen();
  }

  async heal(): Promise<void> {
    this.#conditions.blackholed = false;
    for (const link of this.#links) link.heal();
    await this.#listen();
  }

  delay(ms: number): void {
    if (!Number.isFinite(ms) || ms < 0) {
      throw new RangeError(`ms must be a number of milliseconds from 0, but is ${String(ms)}`);
    }
    this.#conditions.delayMs = ms;
  }

  stop(): Promise<void> {
    return this.cut();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #listen(): Promise<void> {
    if (this.#server !== undefined) return;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (client) =>
      this.#accept(client),
    );
    await once(this.#server.listen(this.port, this.host), 'listening');
  }

  async #close(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    await new Promise((resolve) => server.close(resolve));
  }

  #accept(client: Socket): void {
    const link = new Link(client, {
      server: this.#target,
      conditions: this.#conditions,
      countIn: (bytes) => (this.bytesIn += bytes),
      countOut: (bytes) => (this.bytesOut += bytes),
      onClosed: () => this.#links.delete(link),
    });
    this.#links.add(link);
  }
}
