/** How a client is set up. What is left out has the library's default, except that waits are kept short. */
export interface Setup {
  /** Default: 3. */
  readonly maxRetries?: number;
  /** How long one attempt may take until its headers have arrived. */
  readonly attemptTimeoutMs?: number;
  /** How long the whole call may take until its headers have arrived. */
  readonly totalTimeoutMs?: number;
  /** How long a body may pause between two chunks. */
  readonly bodyTimeoutMs?: number;
  /** The size of the connection pool. */
  readonly connections?: number;
  /** Whether an open circuit and a budget keep requests back. Default: false, so that cases count attempts. */
  readonly protect?: boolean;
  /** Whether calls wait while their origin asks all callers to. Default: as the library does. */
  readonly pauseOrigin?: boolean;
}

/** A call. */
export interface Ask {
  readonly method?: string;
  readonly body?: string | FormData | (() => ReadableStream<Uint8Array>);
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** The answer that the caller gets, whether the library returns or throws it. */
export interface Answer {
  readonly status: number;
  /** Reads the body. */
  text(): Promise<string>;
}

export interface Client {
  /** Rejects with what the library throws, if that is no answer. */
  ask(url: string, ask?: Ask): Promise<Answer>;
  close(): Promise<void>;
}

export interface Library {
  readonly name: string;
  open(setup: Setup): Client;
}

/** The library has no such feature. */
export class NotOffered extends Error {
  static {
    this.prototype.name = 'NotOffered';
  }
}

/** Says so where a case needs what no client but ours has. */
export function notOfferedByPeers({ protect, pauseOrigin }: Setup, ask?: Ask): void {
  if (protect === true) notOffered('a circuit breaker');
  if (pauseOrigin === true) notOffered('a pause of an origin');
  if (ask?.headers?.['idempotency-key'] !== undefined) notOffered('retries by idempotency key');
}

export function notOffered(what: string): never {
  throw new NotOffered(what);
}
