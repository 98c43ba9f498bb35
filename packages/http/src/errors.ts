const brand = Symbol.for('@highway/http/status-error');

/** An answer whose status is a failure. Policies see it in place of the answer. */
export class HttpStatusError<Answer = Response> extends Error {
  static {
    this.prototype.name = 'HttpStatusError';
    Object.defineProperty(this.prototype, brand, { value: true });
  }

  /** Identifies the kind of error. Stable, unlike the message. */
  readonly code = 'ERR_HTTP_STATUS';
  /** The answer. Its body is unread. */
  readonly response: Answer;
  /** The status of the answer. */
  readonly status: number;
  /** How long the server asks to wait, in ms; `undefined` if it does not say. */
  readonly retryAfter: number | undefined;

  constructor(response: Answer, status: number, retryAfter?: number) {
    super(`The server answered with status ${String(status)}`);
    this.response = response;
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/** Whether an error is an `HttpStatusError`. Works across copies of the package. */
export function isHttpStatusError(error: unknown): error is HttpStatusError {
  return typeof error === 'object' && error !== null && Reflect.get(error, brand) === true;
}
