import type { Clock } from '@highway/resilience';
import type { Exchange, Kept, Sending } from '../engine/index.ts';
import { deadlineHeader, formatDeadline } from '../headers/deadline.ts';
import type { HeadersLike } from '../headers/read.ts';
import { isStream } from './body.ts';
import type { PreparedRequest } from './request.ts';
import { setAside } from './set-aside.ts';
import { watchBody } from './watch-body.ts';

/** What sends a request. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** What an exchange needs of its client. */
export interface FetchParts {
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly name: string | undefined;
  /** How long a reader may wait for the next chunk of a body, in ms; `Infinity` for no limit. */
  readonly bodyTimeout: number;
}

// The signal of an attempt is linked to the caller's for as long as it is held: as long as somebody has the body.
const signals = new WeakMap<object, unknown>();

/** One call of a client that is built on `fetch`. */
export class FetchExchange implements Exchange<Response> {
  readonly request: PreparedRequest;
  readonly #parts: FetchParts;

  constructor(request: PreparedRequest, parts: FetchParts) {
    this.request = request;
    this.#parts = parts;
  }

  get replayable(): boolean {
    return this.request.body.replayable;
  }

  async send(sending: Sending): Promise<Response> {
    const { input, init, body } = this.request;
    const { signal, timeoutLeftMs } = sending;
    let content: BodyInit | null | undefined;
    try {
      const taken = body.take();
      content = taken instanceof Promise ? await taken : taken;
    } catch (error) {
      throw sending.callersError(error);
    }
    // While the body was made, the attempt may have ended.
    signal.throwIfAborted();
    const all: RequestInit & { duplex?: 'half' } = { ...init, signal };
    const headers = this.#headers(timeoutLeftMs);
    if (headers !== undefined) all.headers = headers;
    if (content !== undefined) {
      all.body = content;
      if (isStream(content)) all.duplex = 'half';
    }
    const response = await this.#parts.fetch(input, all);
    signals.set(response.body ?? response, signal);
    return response;
  }

  status(answer: Response): number {
    return answer.status;
  }

  headers(answer: Response): HeadersLike {
    return answer.headers;
  }

  setAside(answer: Response): Kept<Response> {
    return setAside(answer, this.#parts.clock);
  }

  deliver(answer: Response): Response {
    const { clock, name, bodyTimeout } = this.#parts;
    return bodyTimeout === Infinity
      ? answer
      : watchBody(answer, { clock, name, timeoutMs: bodyTimeout });
  }

  #headers(timeoutLeftMs: number | undefined): HeadersInit | undefined {
    const { sent, input } = this.request;
    const deadline = timeoutLeftMs === undefined ? undefined : formatDeadline(timeoutLeftMs);
    if (deadline === undefined) return sent;
    const own =
      sent ?? (typeof input === 'object' && 'headers' in input ? input.headers : undefined);
    if (own === undefined) return { [deadlineHeader]: deadline };
    if (own.has(deadlineHeader)) return sent;
    // A copy: each attempt has less time left, and `fetch` may be anybody's.
    const headers = new Headers(own);
    headers.set(deadlineHeader, deadline);
    return headers;
  }
}
