import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it arrived. */
export interface Arrival {
  /** Monotonic, in ms. */
  readonly at: number;
  readonly method: string;
  readonly headers: IncomingMessage['headers'];
  /** The whole body; set once it has been read. */
  body: string;
}

/** Gives one answer. */
export type Reply = (response: ServerResponse) => void;

/** Answers the request with this number, counted from 1, after its body has been read. */
export type Script = (response: ServerResponse, number: number, arrival: Arrival) => void;

/** A real server that answers by a script and notes what arrives. */
export class ScriptedServer implements AsyncDisposable {
  readonly arrivals: Arrival[] = [];
  /** How many connections clients have opened. */
  connections = 0;
  readonly #server;

  private constructor(script: Script) {
    this.#server = createServer((request, response) => {
      void this.#answer(request, response, script);
    });
    this.#server.on('connection', () => this.connections++);
  }

  static async open(script: Script): Promise<ScriptedServer> {
    const server = new ScriptedServer(script);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}/`;
  }

  async #answer(request: IncomingMessage, response: ServerResponse, script: Script): Promise<void> {
    const { method = '', headers } = request;
    const arrival: Arrival = { at: performance.now(), method, headers, body: '' };
    const number = this.arrivals.push(arrival);
    try {
      for await (const chunk of request) arrival.body += String(chunk);
    } catch {
      return; // The client went away.
    }
    script(response, number, arrival);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Answers with the status, and the headers if there are any. */
export function status(
  code: number,
  headers: Readonly<Record<string, string>> = {},
  body = `answer ${String(code)}`,
): Reply {
  return (response) => {
    response.writeHead(code, headers).end(body);
  };
}

/** Resets the connection. */
export function reset(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
}

/** Answers each request with the next of these; the last one stands for all further ones. */
export function inTurn(...answers: readonly Reply[]): Script {
  return (response, number) => {
    answers[Math.min(number, answers.length) - 1]!(response);
  };
}
