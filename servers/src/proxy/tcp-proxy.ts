import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { pollUntil } from '../machine/poll.ts';
import { checkPort, freePort, localHost } from '../machine/ports.ts';
import { Link } from './link.ts';

/** A connection path to a server that can fail like a network. */
export interface TcpProxy extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** The number of connected clients. */
  readonly connections: number;
  /** Bytes that went from clients to the server. */
  readonly bytesIn: number;
  /** Bytes that went from the server to clients. */
  readonly bytesOut: number;
  /** Resets all connections and rejects new ones, until {@link heal}. */
  cut(): Promise<void>;
  /**
   * Keeps connections open and swallows all bytes in both directions, until {@link heal}. New connections
   * are accepted but lead nowhere.
   */
  blackhole(): Promise<void>;
  /**
   * Ends {@link cut} and {@link blackhole}. Resets connections whose bytes were swallowed; the others
   * continue. The delay stays.
   */
  heal(): Promise<void>;
  /** Delays each chunk by so many milliseconds in each direction, in order; 0 ends it. */
  delay(ms: number): void;
  /** Resets all connections and ends the proxy. */
  stop(): Promise<void>;
}

export interface ProxyOptions {
  readonly host: string;
  readonly port: number;
}

/** Starts a proxy in this process, on a free port, in front of a server. */
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
