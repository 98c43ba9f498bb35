import type { Dispatcher } from 'undici';

type Controller = Dispatcher.DispatchController;
type Handler = Dispatcher.DispatchHandler;
type Headers = Parameters<NonNullable<Handler['onResponseStart']>>[2];

/** What delivers an answer, as its receiver controls it. */
export interface Source {
  pause(): void;
  resume(): void;
  abort(reason: Error): void;
}

/**
 * The handler of a call, as undici made it, with a controller of its own: one for all attempts and the waits between
 * them, so that an abort is seen at any time.
 */
export class Outlet implements Dispatcher.DispatchController {
  rawHeaders: NonNullable<Controller['rawHeaders']> | null = null;
  rawTrailers: NonNullable<Controller['rawTrailers']> | null = null;
  paused = false;
  aborted = false;
  reason: Error | null = null;
  readonly #handler: Handler;
  readonly #abort = new AbortController();
  /** What an attempt says about its request; later attempts add to it. */
  readonly #context: object = {};
  #source: Source | undefined = undefined;
  #isOver = false;

  constructor(handler: Handler) {
    this.#handler = handler;
  }

  /** Aborts when the caller does, before it gets an answer. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  // For the handler.

  pause(): void {
    this.paused = true;
    this.#source?.pause();
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    this.#source?.resume();
  }

  abort(reason?: Error | null): void {
    if (this.aborted || this.#isOver) return;
    this.aborted = true;
    this.reason = reason ?? requestAborted();
    if (this.#source !== undefined) this.#source.abort(this.reason);
    else this.#abort.abort(this.reason);
  }

  // For the call.

  /** Says that the call has started. */
  start(): void {
    this.#run(() => this.#handler.onRequestStart?.(this, this.#context));
  }

  addContext(context: unknown): void {
    if (typeof context === 'object') Object.assign(this.#context, context);
  }

  responseStarted(): void {
    // Not on the way out: undici 8 has it, and `fetch` measures with it.
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    this.#run(() => this.#handler.onResponseStarted?.());
  }

  /** Passes on the headers of an answer, or of one that only informs. */
  head(statusCode: number, headers: Headers, statusText: string | undefined): void {
    this.#run(() => this.#handler.onResponseStart?.(this, statusCode, headers, statusText));
  }

  /** From now on, the answer of this source is passed on. */
  connect(source: Source): void {
    this.#source = source;
  }

  data(chunk: Buffer): void {
    this.#run(() => this.#handler.onResponseData?.(this, chunk));
  }

  end(trailers: Headers): void {
    if (this.#isOver) return;
    try {
      this.#handler.onResponseEnd?.(this, trailers);
      this.#isOver = true;
    } catch (error) {
      this.fail(error);
    }
  }

  fail(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#handler.onResponseError?.(this, error as Error);
  }

  /** What a handler throws ends its call, as it does without policies. */
  #run(call: () => void): void {
    if (this.#isOver) return;
    try {
      call();
    } catch (error) {
      this.abort(error as Error);
    }
  }
}

/** As undici's `RequestAbortedError`, and an instance of it for `instanceof`. */
function requestAborted(): Error {
  return Object.assign(new Error('Request aborted'), {
    name: 'AbortError',
    code: 'UND_ERR_ABORTED',
    [Symbol.for('undici.error.UND_ERR')]: true,
    [Symbol.for('undici.error.UND_ERR_ABORT')]: true,
    [Symbol.for('undici.error.UND_ERR_ABORTED')]: true,
  });
}
