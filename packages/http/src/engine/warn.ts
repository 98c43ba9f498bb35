interface Host {
  readonly process?: {
    readonly emitWarning?: (message: string, options: { type: string; code: string }) => void;
  };
}

let warned = false;

/** Says, once per process, that a request whose body is a stream gets one attempt only. */
export function warnOfStream(): void {
  if (warned) return;
  warned = true;
  const message =
    'The body of a request is a stream, so it is sent once and never retried; pass a function that makes the body, ' +
    'or the option replay';
  const code = 'HIGHWAY_HTTP_STREAM_BODY';
  (globalThis as Host).process?.emitWarning?.(message, { type: 'HighwayWarning', code });
}
