import { ReadAhead } from '../bodies/read-ahead.ts';
import type { Chunks } from '../bodies/read-ahead.ts';

/** What `body` can be, in addition to what `fetch` takes: a function that makes a body for each attempt. */
export type HttpBody = BodyInit | null | (() => BodyInit | null | Promise<BodyInit | null>);

/** The body of a request, for any number of attempts. */
export interface BodySource {
  /** Whether it can be sent once more. */
  readonly replayable: boolean;
  /** The body for the next attempt. Rejects or throws what the user's function or stream throws. */
  take(): BodyInit | null | undefined | Promise<BodyInit | null | undefined>;
  /** The call has failed: a stream that is still being read into memory is canceled. */
  drop(reason: unknown): void;
}

class RepeatedBody implements BodySource {
  readonly replayable = true;
  readonly take: BodySource['take'];

  constructor(take: BodySource['take']) {
    this.take = take;
  }

  drop(): void {
    // It holds nothing.
  }
}

/** A stream: one attempt. */
class StreamBody implements BodySource {
  readonly replayable = false;
  readonly #stream: BodyInit | undefined;

  constructor(stream: BodyInit | undefined) {
    this.#stream = stream;
  }

  take(): BodyInit | undefined {
    return this.#stream;
  }

  drop(): void {
    // `fetch` cancels a stream that it was given.
  }
}

/** A stream that is read into memory before the first attempt, unless it is too long. */
class BufferedBody implements BodySource {
  readonly #ahead: ReadAhead;

  constructor(body: BodyInit, maxBytes: number) {
    this.#ahead = new ReadAhead(chunksOf(body), maxBytes);
  }

  get replayable(): boolean {
    return this.#ahead.replayable;
  }

  async take(): Promise<BodyInit> {
    const taken = await this.#ahead.take();
    return taken instanceof Uint8Array ? taken : streamOf(taken);
  }

  drop(reason: unknown): void {
    this.#ahead.drop(reason);
  }
}

/** Whether a body can be read only once. */
export function isStream(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return false;
  return (
    typeof (body as { [Symbol.asyncIterator]?: unknown })[Symbol.asyncIterator] === 'function' ||
    typeof (body as { getReader?: unknown }).getReader === 'function'
  );
}

/**
 * The source of a body. Strings, buffers, blobs and forms are sent again as they are; a function is called for each
 * attempt; a stream is sent once, unless `maxBytes` says how much of it may be kept.
 */
export function bodySource(body: HttpBody | undefined, maxBytes: number | undefined): BodySource {
  if (typeof body === 'function') return new RepeatedBody(body);
  if (!isStream(body)) return new RepeatedBody(() => body);
  if (maxBytes === undefined) return new StreamBody(body!);
  return new BufferedBody(body!, maxBytes);
}

/** The source of the body of a `Request`, which is part of the request that is sent. */
export function requestBody(request: Request, maxBytes: number | undefined): BodySource {
  // Where requests have no `body`, the method tells whether there can be one.
  const body = request.body as ReadableStream<Uint8Array> | null | undefined;
  const isEmpty = body === null || request.method === 'GET' || request.method === 'HEAD';
  if (isEmpty) return new RepeatedBody(() => undefined);
  if (maxBytes === undefined || body === undefined) return new StreamBody(undefined);
  return new BufferedBody(body, maxBytes);
}

/** The chunks of a stream. Some hosts take any asynchronous iterable as a body; not all can iterate over a stream. */
function chunksOf(body: BodyInit): Chunks {
  if (!('getReader' in (body as object))) return body as unknown as Chunks;
  const reader = (body as ReadableStream<Uint8Array>).getReader();
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        const { done, value } = await reader.read();
        return done ? { done, value: undefined } : { done, value };
      },
      async return(reason?: unknown) {
        await reader.cancel(reason);
        return { done: true, value: undefined };
      },
    }),
  };
}

/** The stream of chunks, which are read when they are asked for. */
function streamOf(chunks: AsyncIterator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await chunks.next();
        if (next.done === true) controller.close();
        else controller.enqueue(next.value);
      },
      async cancel(reason) {
        await chunks.return?.(reason);
      },
    },
    { highWaterMark: 0 },
  );
}
