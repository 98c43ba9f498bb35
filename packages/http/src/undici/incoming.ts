import { TimeoutExceededError } from '@highway/resilience';
import type { Clock } from '@highway/resilience';
import type { Dispatcher } from 'undici';
import { discardedBody, longestKeptBytes, longestKeptMs } from '../bodies/discarded.ts';
import type { Outlet, Source } from './outlet.ts';

type Controller = Dispatcher.DispatchController;
type Headers = Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseStart']>>[2];

/** An answer of undici, for `classify` and in an `HttpStatusError`. Its body is not part of it. */
export interface UndiciResponse {
  readonly statusCode: number;
  readonly statusText: string;
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** What an answer needs of its client. */
export interface IncomingParts {
  readonly clock: Clock;
  readonly name: string | undefined;
  /** How long its receiver waits for the next chunk, in ms; `Infinity` for no limit. */
  readonly bodyTimeout: number;
}

interface Settle {
  readonly arrived: (self: Incoming) => void;
  readonly failed: (reason: unknown) => void;
}

/**
 * One attempt, as undici's handler. When the headers have arrived, it holds the answer back until policies have
 * decided: it is then passed on to the call's own handler, or set aside.
 */
export class Incoming implements Dispatcher.DispatchHandler, Source, UndiciResponse {
  declare statusCode: number;
  declare statusText: string;
  declare headers: Headers;
  /** Resolves to this when the headers have arrived. Rejects if none arrive. */
  readonly arrival: Promise<Incoming>;
  readonly #outlet: Outlet;
  readonly #parts: IncomingParts;
  readonly #settle: Settle;
  /** `closed`: nobody wants it. */
  #state: 'waiting' | 'held' | 'kept' | 'passed' | 'closed' = 'waiting';
  #controller: Controller | null | undefined = undefined;
  #closedWith: unknown = undefined;
  #rawHeaders: Outlet['rawHeaders'] = null;
  /** What has arrived and was not passed on. */
  readonly #chunks: Buffer[] = [];
  #size = 0;
  #end: { readonly trailers: Headers } | { readonly error: unknown } | undefined = undefined;
  #timer: unknown = undefined;
  #lastAt = 0;

  constructor(outlet: Outlet, parts: IncomingParts) {
    this.#outlet = outlet;
    this.#parts = parts;
    let settle!: Settle;
    this.arrival = new Promise((arrived, failed) => {
      settle = { arrived, failed };
    });
    this.#settle = settle;
  }

  // For policies.

  /** Nobody waits for the attempt any more. After its headers, that has no effect. */
  cancel(reason: unknown): void {
    if (this.#state !== 'waiting') return;
    this.#close(reason);
    this.#settle.failed(reason);
  }

  /**
   * Frees the connection of an answer that no caller gets for now: reads its body into memory, or closes the connection
   * if that would take long.
   */
  setAside(): void {
    if (this.#state !== 'held') return;
    this.#state = 'kept';
    if (this.#end !== undefined) return;
    const { clock } = this.#parts;
    this.#timer = clock.setTimeout(() => {
      this.#discard();
    }, longestKeptMs);
    if (this.#size > longestKeptBytes) this.#discard();
    else this.#controller?.resume();
  }

  /** Undoes that, as far as possible: without its body, if that was discarded. */
  restore(): void {
    if (this.#state !== 'kept') return;
    this.#state = 'held';
    this.#clearTimer();
    if (this.#end === undefined) this.#controller?.pause();
  }

  /** Passes the answer on, and whatever follows of it. */
  passOn(): void {
    const outlet = this.#outlet;
    this.#state = 'passed';
    outlet.connect(this);
    outlet.rawHeaders = this.#rawHeaders;
    outlet.head(this.statusCode, this.headers, this.statusText);
    this.resume();
  }

  // For the call's own handler.

  pause(): void {
    if (this.#end === undefined) this.#controller?.pause();
  }

  resume(): void {
    const outlet = this.#outlet;
    const chunks = this.#chunks;
    while (!outlet.paused) {
      const chunk = chunks.shift();
      if (chunk === undefined) break;
      outlet.data(chunk);
    }
    if (outlet.paused || this.#state !== 'passed') return;
    if (this.#end !== undefined) {
      this.#finish();
      return;
    }
    this.#lastAt = this.#parts.clock.now();
    this.#controller?.resume();
    this.#watch();
  }

  abort(reason: Error): void {
    if (this.#state === 'closed') return;
    this.#chunks.length = 0;
    if (this.#end === undefined) this.#controller?.abort(reason);
    // Unless the client has reported it by now.
    this.#state = 'closed';
    this.#clearTimer();
    this.#outlet.fail(reason);
  }

  // For undici.

  onRequestStart(controller: Controller, context: unknown): void {
    this.#controller = controller;
    if (this.#state === 'closed') controller.abort(this.#closedWith as Error);
    else this.#outlet.addContext(context);
  }

  onResponseStarted(): void {
    this.#outlet.responseStarted();
  }

  onResponseStart(
    controller: Controller,
    statusCode: number,
    headers: Headers,
    statusText?: string,
  ): void {
    if (this.#state !== 'waiting') return;
    if (statusCode < 200) {
      this.#outlet.rawHeaders = controller.rawHeaders ?? null;
      this.#outlet.head(statusCode, headers, statusText);
      return;
    }
    this.#controller = controller;
    this.#rawHeaders = controller.rawHeaders ?? null;
    controller.pause();
    this.statusCode = statusCode;
    this.statusText = statusText ?? '';
    this.headers = headers;
    this.#state = 'held';
    this.#settle.arrived(this);
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    if (this.#state === 'closed' || this.#end !== undefined) return;
    if (this.#state === 'passed') {
      this.#lastAt = this.#parts.clock.now();
      if (!this.#outlet.paused && this.#chunks.length === 0) {
        this.#outlet.data(chunk);
        return;
      }
    }
    this.#chunks.push(chunk);
    this.#size += chunk.byteLength;
    if (this.#state === 'held') controller.pause();
    else if (this.#state === 'kept' && this.#size > longestKeptBytes) this.#discard();
  }

  onResponseEnd(controller: Controller, trailers: Headers): void {
    if (this.#end !== undefined) return;
    this.#end = { trailers };
    this.#outlet.rawTrailers = controller.rawTrailers ?? null;
    this.#ended();
  }

  onResponseError(_controller: Controller | null | undefined, error: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    if (this.#state === 'waiting') {
      this.#state = 'closed';
      this.#settle.failed(error);
    } else this.#ended();
  }

  #ended(): void {
    this.#clearTimer();
    if (this.#state !== 'passed') return;
    // What was read before an error goes first, whether somebody waits for it or not.
    const isFailed = 'error' in this.#end!;
    if (isFailed) for (const chunk of this.#chunks.splice(0)) this.#outlet.data(chunk);
    if (isFailed || (!this.#outlet.paused && this.#chunks.length === 0)) this.#finish();
  }

  #finish(): void {
    const end = this.#end!;
    this.#state = 'closed';
    if ('error' in end) this.#outlet.fail(end.error);
    else this.#outlet.end(end.trailers);
  }

  #close(reason: unknown): void {
    this.#state = 'closed';
    this.#closedWith = reason;
    this.#controller?.abort(reason as Error);
  }

  #discard(): void {
    this.#clearTimer();
    const error = discardedBody();
    this.#end = { error };
    this.#chunks.length = 0;
    this.#controller?.abort(error);
  }

  /** Only while its receiver waits for more. */
  #watch(): void {
    const { clock, bodyTimeout, name } = this.#parts;
    if (bodyTimeout === Infinity || this.#timer !== undefined) return;
    if (this.#state !== 'passed' || this.#end !== undefined || this.#outlet.paused) return;
    const leftMs = this.#lastAt + bodyTimeout - clock.now();
    if (leftMs <= 0) {
      this.#outlet.abort(new TimeoutExceededError(bodyTimeout, name));
      return;
    }
    this.#timer = clock.setTimeout(() => {
      this.#timer = undefined;
      this.#watch();
    }, Math.ceil(leftMs));
  }

  #clearTimer(): void {
    if (this.#timer === undefined) return;
    this.#parts.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
