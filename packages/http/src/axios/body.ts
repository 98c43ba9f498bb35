import { ReadAhead } from '../bodies/read-ahead.ts';
import type { Chunks } from '../bodies/read-ahead.ts';

/** The body of a request, for any number of attempts. */
export interface BodySource {
  /** Whether it can be sent once more. */
  readonly replayable: boolean;
  /** The body for the next attempt. Rejects or throws what the user's function or stream throws. */
  take(): unknown;
  /** The call is over: nobody takes the body any more. */
  drop(): void;
}

const nothing = (): void => undefined;

/** Makes a stream of the same kind: axios and its adapters take no other iterables. */
interface StreamClass {
  from?(chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): unknown;
}

/** Whether something is a stream of Node.js or of the web. */
export function isStream(body: unknown): body is object {
  if (typeof body !== 'object' || body === null) return false;
  const { pipe, getReader } = body as { pipe?: unknown; getReader?: unknown };
  return typeof pipe === 'function' || typeof getReader === 'function';
}

/** Makes a stream of the same kind as another one; `undefined` if that is not possible. */
export function streamLike(
  stream: object,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): unknown {
  const kind = stream.constructor as StreamClass;
  return typeof kind.from === 'function' ? kind.from(chunks) : undefined;
}

/**
 * The source of the data of a request. Strings, buffers, blobs and forms are sent again as they are; a function is
 * called for each attempt; a stream is sent once, unless `maxBytes` says how much of it may be kept.
 */
export function bodySource(data: unknown, maxBytes: number | undefined): BodySource {
  if (typeof data === 'function') {
    return { replayable: true, take: data as () => unknown, drop: nothing };
  }
  if (!isStream(data)) return { replayable: true, take: () => data, drop: nothing };
  const canBeRead = Symbol.asyncIterator in data && 'from' in data.constructor;
  if (maxBytes === undefined || !canBeRead) {
    return { replayable: false, take: () => data, drop: nothing };
  }
  const ahead = new ReadAhead(data as unknown as Chunks, maxBytes);
  return {
    get replayable() {
      return ahead.replayable;
    },
    async take() {
      const taken = await ahead.take();
      return taken instanceof Uint8Array ? taken.buffer : streamLike(data, taken);
    },
    drop: () => {
      ahead.drop();
    },
  };
}
