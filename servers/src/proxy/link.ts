import { createConnection } from 'node:net';
import type { Socket } from 'node:net';
import { Flow } from './flow.ts';
import type { Conditions } from './flow.ts';

export interface LinkOptions {
  readonly server: { readonly host: string; readonly port: number };
  readonly conditions: Conditions;
  readonly countIn: (bytes: number) => void;
  readonly countOut: (bytes: number) => void;
  readonly onClosed: () => void;
}

/** A client's connection, and its connection to the server. */
export class Link {
  readonly #client: Socket;
  readonly #options: LinkOptions;
  #server: Socket | undefined;
  #flows: readonly Flow[] = [];
  #lost = false;
  #open = 0;
  readonly #lose = (): void => {
    this.#lost = true;
  };

  constructor(client: Socket, options: LinkOptions) {
    this.#client = client;
    this.#options = options;
    this.#watch(client);
    if (options.conditions.blackholed) this.#hang();
    else this.#connect();
  }

  /** The network works again: the connection continues, unless bytes were swallowed. */
  heal(): void {
    if (this.#lost || this.#flows.some((flow) => flow.lost)) this.reset();
    else if (this.#server === undefined) this.#connect();
  }

  /** Resets both connections at once. */
  reset(): void {
    for (const flow of this.#flows) flow.close();
    resetNow(this.#client);
    if (this.#server !== undefined) resetNow(this.#server);
  }

  #connect(): void {
    const { server: target, conditions, countIn, countOut } = this.#options;
    const client = this.#client.off('data', this.#lose).off('end', this.#lose);
    const server = createConnection({ ...target, allowHalfOpen: true, noDelay: true });
    this.#server = server;
    this.#watch(server);
    this.#flows = [
      new Flow({ from: client, to: server }, conditions, countIn),
      new Flow({ from: server, to: client }, conditions, countOut),
    ];
  }

  /** A connection to nowhere: swallows whatever comes. */
  #hang(): void {
    this.#client.on('data', this.#lose).on('end', this.#lose);
  }

  #watch(socket: Socket): void {
    this.#open += 1;
    // Every error of a connection also closes it.
    socket.on('error', () => undefined);
    socket.on('close', (failed) => this.#closed(failed));
  }

  #closed(failed: boolean): void {
    this.#open -= 1;
    if (this.#open === 0) {
      for (const flow of this.#flows) flow.close();
      this.#options.onClosed();
    } else if (this.#options.conditions.blackholed) {
      // The other side must not notice yet.
      this.#lost = true;
    } else if (failed) {
      this.reset();
    }
  }
}

function resetNow(socket: Socket): void {
  // A connection that is ending cannot be reset: it would never emit `close`.
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
