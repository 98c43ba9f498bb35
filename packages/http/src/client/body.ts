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

const nothing = (): void => undefined;

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
  replayable = true;
  readonly #maxBytes: number;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #buffered: Promise<BodyInit> | undefined = undefined;
  #over = false;

  constructor(stream: ReadableStream<Uint8Array>, maxBytes: number) {
    this.#reader = stream.getReader();
    this.#maxBytes = maxBytes;
  }

  take(): Promise<BodyInit> {
    return (this.#buffered ??= this.#read());
  }

  drop(reason: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#reader.cancel(reason).catch(nothing);
  }

  async #read(): Promise<BodyInit> {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for (;;) {
      const { done, value } = await this.#reader.read();
      if (done) {
        this.#over = true;
        return concat(chunks, size);
      }
      chunks.push(value);
      size += value.byteLength;
      if (size > this.#maxBytes) {
        // From now on, it belongs to `fetch`.
        this.#over = true;
        this.replayable = false;
        return this.#rest(chunks);
      }
    }
  }

  #rest(chunks: Uint8Array[]): ReadableStream<Uint8Array> {
    const reader = this.#reader;
    return new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          const first = chunks.shift();
          if (first !== undefined) {
            controller.enqueue(first);
            return;
          }
          const { done, value } = await reader.read();
          if (done) controller.close();
          else controller.enqueue(value);
        },
        cancel: (reason) => reader.cancel(reason),
      },
      { highWaterMark: 0 },
    );
  }
}

/** Joins chunks of bytes. */
export function concat(chunks: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.byteLength;
  }
  return all;
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
  return new BufferedBody(streamOf(body!), maxBytes);
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

/** Some hosts take any asynchronous iterable of bytes as a body. */
function streamOf(body: BodyInit): ReadableStream<Uint8Array> {
  if (typeof (body as { getReader?: unknown }).getReader === 'function') {
    return body as ReadableStream<Uint8Array>;
  }
  const iterator = (body as unknown as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next: IteratorResult<Uint8Array, unknown> = await iterator.next();
        if (next.done === true) controller.close();
        else controller.enqueue(next.value);
      },
      async cancel(reason) {
        await iterator.return?.(reason);
      },
    },
    { highWaterMark: 0 },
  );
}
