import { Agent, request } from 'node:http';
import type { ClientRequest, IncomingHttpHeaders } from 'node:http';

export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The port on this side of the connection. */
  readonly localPort: number | undefined;
}

const text = { 'content-type': 'text/plain' };

export interface Asking {
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: string;
  readonly body?: string;
}

/** A client that keeps its connections, and closes them in the end. */
export class Client implements Disposable {
  readonly #agent: Agent;
  readonly #port: number;

  constructor(port: number, maxSockets = 50) {
    this.#port = port;
    this.#agent = new Agent({ keepAlive: true, maxSockets });
  }

  /** Sends a request, and does not wait for anything. Errors, such as that of its own abort, end it. */
  send(path: string, { headers = {}, method = 'GET', body }: Asking = {}): ClientRequest {
    const sent = request({
      agent: this.#agent,
      host: '127.0.0.1',
      port: this.#port,
      path,
      method,
      headers:
        body === undefined ? headers : { ...text, 'content-length': body.length, ...headers },
    });
    sent.on('error', () => {});
    sent.end(body);
    return sent;
  }

  /** Sends a request, and reads the whole answer. */
  ask(path: string, asking: Asking = {}): Promise<Answered> {
    return new Promise((resolve, reject) => {
      const sent = this.send(path, asking);
      sent.on('error', reject);
      sent.on('response', (response) => {
        const localPort = response.socket.localPort;
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('error', reject);
        response.on('end', () => {
          const { statusCode: status = 0, headers } = response;
          resolve({ status, headers, text, localPort });
        });
      });
    });
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}
