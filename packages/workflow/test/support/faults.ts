import { Client } from 'pg';

/** How a statement can fail. */
export type Fault =
  /** The server answers with this SQLSTATE, which ends the transaction. */
  | { readonly kind: 'error'; readonly code: string }
  /** The connection breaks before the statement reaches the server. */
  | { readonly kind: 'cut' }
  /** The server executes it, and the connection breaks before the reply. */
  | { readonly kind: 'lost' };

type Query = (this: Client, ...args: unknown[]) => unknown;
type Callback = (error: unknown, result?: unknown) => void;

/** Makes one statement of this process fail: all statements go through here. */
export class Faults implements Disposable {
  readonly #query: Query = Client.prototype.query;
  #count = 0;
  #at = Infinity;
  #fault: Fault | undefined = undefined;
  /** The statement that failed. */
  hit: string | undefined = undefined;

  constructor() {
    const ask = (client: Client, args: unknown[]): unknown => this.#ask(client, args);
    const watching: Query = function (this: Client, ...args) {
      return ask(this, args);
    };
    Client.prototype.query = watching as unknown as Client['query'];
  }

  /** How many statements there have been since the last `arm`. */
  get count(): number {
    return this.#count;
  }

  /** Makes the statement with this number fail, counting from 1 from now on. */
  arm(at: number, fault: Fault): void {
    this.#count = 0;
    this.#at = at;
    this.#fault = fault;
    this.hit = undefined;
  }

  /** Makes no statement fail from now on, and resets the count. */
  disarm(): void {
    this.arm(Infinity, { kind: 'cut' });
  }

  [Symbol.dispose](): void {
    Client.prototype.query = this.#query as unknown as Client['query'];
  }

  #ask(client: Client, args: unknown[]): unknown {
    this.#count += 1;
    if (this.#count !== this.#at) return this.#query.apply(client, args);
    const callback = typeof args.at(-1) === 'function' ? (args.pop() as Callback) : undefined;
    const result = this.#fail(client, args);
    if (callback === undefined) return result;
    result.then(() => undefined, callback);
    return undefined;
  }

  async #fail(client: Client, args: unknown[]): Promise<never> {
    const [text] = args as [string | { text: string }];
    this.hit = typeof text === 'string' ? text : text.text;
    const fault = this.#fault!;
    if (fault.kind === 'error') {
      const ends = /^\s*(COMMIT|ROLLBACK)\b/i.test(this.hit);
      await this.#query.call(client, ends ? 'ROLLBACK' : raise(fault.code));
      throw Object.assign(new Error(`failed with ${fault.code}`), { code: fault.code });
    }
    if (fault.kind === 'lost') await this.#query.apply(client, args);
    const { stream } = (client as unknown as { connection: { stream: { destroy(): void } } })
      .connection;
    stream.destroy();
    throw new Error('Connection terminated unexpectedly');
  }
}

function raise(code: string): string {
  return `DO $$ BEGIN RAISE 'error' USING ERRCODE = '${code}'; END $$`;
}
