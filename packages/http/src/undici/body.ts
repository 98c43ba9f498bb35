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

/** Strings, bytes, blobs and forms are sent again as they are, and an array of chunks can be read again. */
function isStream(body: unknown): body is Chunks {
  if (typeof body !== 'object' || body === null) return false;
  if (Array.isArray(body) || ArrayBuffer.isView(body)) return false;
  if ((body as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag] === 'FormData') return false;
  return Symbol.iterator in body || Symbol.asyncIterator in body || 'pipe' in body;
}

/**
 * The source of a body. A function is called for each attempt; a stream or an iterator is sent once, unless
 * `maxBytes` says how much of it may be kept.
 */
export function bodySource(body: unknown, maxBytes: number | undefined): BodySource {
  if (typeof body === 'function') {
    return { replayable: true, take: body as () => unknown, drop: nothing };
  }
  if (!isStream(body)) return { replayable: true, take: () => body, drop: nothing };
  if (maxBytes !== undefined) return new ReadAhead(body, maxBytes);
  return { replayable: false, take: () => body, drop: nothing };
}
