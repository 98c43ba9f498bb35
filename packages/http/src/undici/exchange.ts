import type { Dispatcher } from 'undici';
import type { Exchange, Kept, Sending } from '../engine/index.ts';
import type { HeadersLike } from '../headers/read.ts';
import { Incoming } from './incoming.ts';
import type { IncomingParts } from './incoming.ts';
import type { Outlet } from './outlet.ts';
import { headersOf } from './request.ts';
import type { PreparedRequest } from './request.ts';

/** What an exchange needs of its client. */
export interface ExchangeParts {
  readonly dispatch: Dispatcher.Dispatch;
  readonly outlet: Outlet;
  readonly rules: IncomingParts;
}

/** One call through a dispatcher. */
export class UndiciExchange implements Exchange<Incoming> {
  readonly request: PreparedRequest;
  readonly #parts: ExchangeParts;

  constructor(request: PreparedRequest, parts: ExchangeParts) {
    this.request = request;
    this.#parts = parts;
  }

  get replayable(): boolean {
    return this.request.body.replayable;
  }

  async send({ signal, timeoutLeftMs, callersError }: Sending): Promise<Incoming> {
    const { options, body } = this.request;
    const { dispatch, outlet, rules } = this.#parts;
    let content: unknown;
    try {
      const taken = body.take();
      content = taken instanceof Promise ? ((await taken) as unknown) : taken;
    } catch (error) {
      throw callersError(error);
    }
    // While the body was made, the attempt may have ended.
    signal.throwIfAborted();
    const incoming = new Incoming(outlet, rules);
    const abort = (): void => {
      incoming.cancel(signal.reason);
    };
    signal.addEventListener('abort', abort, { once: true });
    try {
      const headers = headersOf(this.request, timeoutLeftMs);
      dispatch({ ...options, body: content, headers } as Dispatcher.DispatchOptions, incoming);
    } catch (error) {
      incoming.onResponseError(undefined, error);
    }
    try {
      return await incoming.arrival;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  status(answer: Incoming): number {
    return answer.statusCode;
  }

  headers(answer: Incoming): HeadersLike {
    return answer.headers;
  }

  setAside(answer: Incoming): Kept<Incoming> {
    answer.setAside();
    return {
      restore: () => {
        answer.restore();
        return answer;
      },
    };
  }

  deliver(answer: Incoming): Incoming {
    return answer;
  }
}
