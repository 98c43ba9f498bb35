import type { Clock } from '@highway/resilience';
import axios from 'axios';
import type { AxiosAdapter, AxiosError, AxiosResponse } from 'axios';
import type { Exchange, Kept, Sending } from '../engine/index.ts';
import type { HeadersLike } from '../headers/read.ts';
import { attemptOf } from './request.ts';
import type { PreparedRequest } from './request.ts';
import { isStream } from './body.ts';
import { setAside } from './set-aside.ts';

// The signal of an attempt is linked to the caller's for as long as it is held: as long as somebody has the body.
const signals = new WeakMap<object, unknown>();

/** The errors that axios made of answers with a status that `validateStatus` does not accept. */
const errors = new WeakMap<AxiosResponse, AxiosError>();

/** The error for an answer: that of axios, if it made one. */
export function errorOf(response: AxiosResponse): AxiosError {
  const known = errors.get(response);
  if (known !== undefined) return known;
  const { AxiosError: ErrorClass } = axios;
  const { status, config } = response;
  const code = status < 500 ? ErrorClass.ERR_BAD_REQUEST : ErrorClass.ERR_BAD_RESPONSE;
  const message = `Request failed with status code ${String(status)}`;
  return new ErrorClass(message, code, config, response.request, response);
}

/** One call of an instance. */
export class AxiosExchange implements Exchange<AxiosResponse> {
  readonly request: PreparedRequest;
  readonly #parts: { readonly adapter: AxiosAdapter; readonly clock: Clock };

  constructor(
    request: PreparedRequest,
    parts: { readonly adapter: AxiosAdapter; readonly clock: Clock },
  ) {
    this.request = request;
    this.#parts = parts;
  }

  get replayable(): boolean {
    return this.request.body.replayable;
  }

  async send({ signal, timeoutLeftMs, callersError }: Sending): Promise<AxiosResponse> {
    const { request } = this;
    let data: unknown;
    try {
      data = await request.body.take();
    } catch (error) {
      throw callersError(error);
    }
    // While the body was made, the attempt may have ended.
    signal.throwIfAborted();
    const config = attemptOf(request, { data, signal, leftMs: timeoutLeftMs });
    let response: AxiosResponse;
    try {
      response = await this.#parts.adapter(config);
    } catch (error) {
      // The adapter only knows that it was canceled; the signal knows why.
      if (signal.aborted) throw signal.reason;
      response = this.#refused(error);
    }
    response.config = request.config;
    if (isStream(response.data)) signals.set(response.data, signal);
    return response;
  }

  /** Whether axios accepts an answer. */
  isAccepted(answer: AxiosResponse): boolean {
    return !errors.has(answer);
  }

  status(answer: AxiosResponse): number {
    return answer.status;
  }

  headers(answer: AxiosResponse): HeadersLike {
    return answer.headers as HeadersLike;
  }

  setAside(answer: AxiosResponse): Kept<AxiosResponse> {
    return setAside(answer, this.#parts.clock);
  }

  deliver(answer: AxiosResponse): AxiosResponse {
    return answer;
  }

  /** The answer that an adapter has rejected with. Throws the error if there is none. */
  #refused(error: unknown): AxiosResponse {
    if (!axios.isAxiosError(error)) throw error;
    // What callers see is what they asked for, and can be sent again.
    error.config = this.request.config;
    const { response } = error;
    if (response === undefined) throw error;
    response.config = this.request.config;
    // A body that was cut has a status that says nothing of it.
    const isStatus = error.message.startsWith('Request failed with status code');
    if (!isStatus && response.status < 400) throw error;
    errors.set(response, error);
    return response;
  }
}
