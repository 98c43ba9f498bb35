import type { InternalAxiosRequestConfig } from 'axios';

/** The old way to cancel, without what only types know. */
interface Token {
  readonly reason?: unknown;
  subscribe?(listener: (reason: unknown) => void): void;
  unsubscribe?(listener: (reason: unknown) => void): void;
}

/** Who may abort a call. */
export interface Caller {
  readonly signal: AbortSignal | undefined;
  /** The call is over. */
  release(): void;
  /** The call is over when its body is. */
  releaseAfter(body: unknown): void;
}

const nothing = (): void => undefined;

/** Reads the signal of a request, and links it to the token, if it has one. axios makes the `CanceledError`. */
export function callerOf(config: InternalAxiosRequestConfig): Caller {
  const signal = config.signal as AbortSignal | undefined;
  const token = config.cancelToken as Token | undefined;
  if (token === undefined) return { signal, release: nothing, releaseAfter: nothing };
  const controller = new AbortController();
  const abort = (): void => {
    controller.abort(token.reason ?? signal?.reason);
  };
  const release = (): void => {
    token.unsubscribe?.(abort);
    signal?.removeEventListener('abort', abort);
  };
  if (signal?.aborted === true) abort();
  else signal?.addEventListener('abort', abort, { once: true });
  token.subscribe?.(abort);
  return {
    signal: controller.signal,
    release,
    releaseAfter(body) {
      const { once } = (body ?? {}) as { once?: (event: string, listener: () => void) => void };
      if (typeof once === 'function') once.call(body, 'close', release);
      else release();
    },
  };
}
