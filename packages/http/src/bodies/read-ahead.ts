/** What streams give. */
export type Chunk = Uint8Array | string;

/** What can be read once. */
export type Chunks = AsyncIterable<Chunk> | Iterable<Chunk>;

type Bytes = Uint8Array<ArrayBuffer>;
type ByteIterator = AsyncIterableIterator<Uint8Array, undefined>;

const encoder = new TextEncoder();

/** Reads a stream into memory before it is first sent, unless it is too long. */
export class ReadAhead {
  /** Whether all of it is in memory. It is read when an attempt has ended. */
  replayable = true;
  readonly #maxBytes: number;
  readonly #iterator: AsyncIterator<Chunk, unknown> | Iterator<Chunk, unknown>;
  #read: Promise<Bytes | ByteIterator> | undefined = undefined;
  #over = false;

  constructor(stream: Chunks, maxBytes: number) {
    this.#iterator =
      Symbol.asyncIterator in stream ? stream[Symbol.asyncIterator]() : stream[Symbol.iterator]();
    this.#maxBytes = maxBytes;
  }

  /** The bytes; all of them in chunks, for one attempt, if there are too many. */
  take(): Promise<Bytes | ByteIterator> {
    return (this.#read ??= this.#collect());
  }

  /** The call is over: a stream that is still being read is ended. */
  drop(reason?: unknown): void {
    if (this.#over) return;
    this.#over = true;
    // Nobody waits for it. Streams that fail meanwhile say so to those who read them.
    Promise.resolve(this.#iterator.return?.(reason)).catch(() => undefined);
  }

  async #collect(): Promise<Bytes | ByteIterator> {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for (;;) {
      const next = await this.#iterator.next();
      if (next.done === true) {
        this.#over = true;
        return concat(chunks, size);
      }
      const chunk = bytes(next.value);
      chunks.push(chunk);
      size += chunk.byteLength;
      if (size > this.#maxBytes) {
        // From now on, it belongs to who sends it.
        this.#over = true;
        this.replayable = false;
        return this.#rest(chunks);
      }
    }
  }

  /** No generator: one that was not begun would not end the stream if it is ended itself. */
  #rest(chunks: Uint8Array[]): ByteIterator {
    const iterator = this.#iterator;
    return {
      async next() {
        const first = chunks.shift();
        if (first !== undefined) return { done: false, value: first };
        const next = await iterator.next();
        return next.done === true
          ? { done: true, value: undefined }
          : { done: false, value: bytes(next.value) };
      },
      async return(reason?: unknown) {
        await iterator.return?.(reason);
        return { done: true, value: undefined };
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }
}

function bytes(chunk: Chunk): Uint8Array {
  return typeof chunk === 'string' ? encoder.encode(chunk) : chunk;
}

/** Joins chunks of bytes. */
export function concat(chunks: readonly Uint8Array[], size: number): Bytes {
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.byteLength;
  }
  return all;
}
