import { waitAskedBy } from './headers/retry-after.ts';
import type { HeadersLike } from './headers/read.ts';
import { systemClock, wallNow } from '@highway/resilience';

const brand = Symbol.for('@highway/http/status-error');

// Engines without explicit resource management lack the symbol. Compilers use this one instead.
const asyncDispose =
  (Symbol as { asyncDispose?: symbol }).asyncDispose ?? Symbol.for('Symbol.asyncDispose');

/**
 * An answer whose status is a failure. Policies see it in place of the answer. `createFetch` throws it only with
 * `rejectOnStatus: true`; throw it yourself where you put policies around another client.
 *
 * A policy that makes another attempt disposes of it, which frees the connection of the answer that nobody reads.
 *
 * @example
 * const retry = new RetryPolicy({ handle: isHttpStatusError });
 * await retry.execute(async () => {
 *   const response = await fetch(url);
 *   if (response.status >= 500) throw new HttpStatusError(response);
 *   return response;
 * });
 */
export class HttpStatusError<Answer = Response> extends Error {
  static {
    this.prototype.name = 'HttpStatusError';
    Object.defineProperty(this.prototype, brand, { value: true });
    Object.defineProperty(this.prototype, asyncDispose, {
      value(this: HttpStatusError<unknown>) {
        const release = this.#release;
        this.#release = undefined;
        release?.();
        return Promise.resolve();
      },
    });
  }

  /** Identifies the kind of error. Stable, unlike the message. */
  readonly code = 'ERR_HTTP_STATUS';
  /** The answer, with its body unread. */
  declare readonly response: Answer;
  /** The status of the answer. */
  readonly status: number;
  /** How long the server asks to wait, in ms; `undefined` if it does not say. A retry never comes earlier. */
  readonly retryAfter: number | undefined;
  #release: (() => void) | undefined;

  /**
   * @param response - the answer
   * @param status - its status. Default: `response.status`
   * @param retryAfter - how long the server asks to wait, in ms. Default: what the headers of the answer say
   */
  constructor(response: Answer, status: number = statusOf(response), retryAfter?: number) {
    super(`The server answered with status ${String(status)}`);
    // Not enumerable: logs would show the whole answer.
    Object.defineProperty(this, 'response', {
      value: response,
      configurable: true,
      writable: true,
    });
    this.status = status;
    this.retryAfter = arguments.length < 3 ? waitOf(response, status) : retryAfter;
    this.#release = () => {
      cancelBody(response);
    };
  }

  /**
   * Says how to dispose of the answer.
   *
   * @internal
   */
  static releaseWith(error: HttpStatusError<unknown>, release: () => void): void {
    error.#release = release;
  }
}

/** Whether an error is an `HttpStatusError`. Works across copies of the package. */
export function isHttpStatusError(error: unknown): error is HttpStatusError {
  return typeof error === 'object' && error !== null && read(error, brand) === true;
}

function statusOf(response: unknown): number {
  const status = read(response, 'status');
  if (typeof status === 'number') return status;
  throw new TypeError(
    'HttpStatusError: the response has no status; pass it as the second argument',
  );
}

function waitOf(response: unknown, status: number): number | undefined {
  const headers = read(response, 'headers');
  return typeof headers === 'object' && headers !== null
    ? waitAskedBy(status, headers as HeadersLike, wallNow(systemClock))
    : undefined;
}

/** Frees the connection of an answer. Nobody waits for it: canceling one branch of a body that was cloned hangs. */
function cancelBody(response: unknown): void {
  const body = read(response, 'body');
  if (typeof read(body, 'cancel') !== 'function' || read(body, 'locked') === true) return;
  (body as ReadableStream).cancel().catch(() => {
    // It has failed already, which frees the connection as well.
  });
}

/** Reads a property of anything, even of an object that throws. */
function read(value: unknown, key: PropertyKey): unknown {
  try {
    return (value as Record<PropertyKey, unknown> | null | undefined)?.[key];
  } catch {
    return undefined;
  }
}
