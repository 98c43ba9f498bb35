/** What streams give. */
export type Chunk = Uint8Array | string;

/** What can be read once. */
export type Chunks = AsyncIterable<Chunk> | Iterable<Chunk>;

const encoder = new TextEncoder();

/** Reads a stream into memory before it is first sent, unless it is too long. */
export class ReadAhead {
  /** Whether all of it is in memory. It is read when an attempt has ended. */
  replayable = true;
  readonly #maxBytes: number;
  readonly #iterator: AsyncIterator<Chunk, unknown> | Iterator<Chunk, unknown>;
  #read: Promise<Uint8Array | AsyncIterable<Uint8Array>> | undefined = undefined;
  #over = false;

  constructor(stream: Chunks, maxBytes: number) {
    this.#iterator =
      Symbol.asyncIterator in stream ? stream[Symbol.asyncIterator]() : stream[Symbol.iterator]();
    this.#maxBytes = maxBytes;
  }

  /** The bytes; a stream of all of them, for one attempt, if there are too many. */
  take(): Promise<Uint8Array | AsyncIterable<Uint8Array>> {
    return (this.#read ??= this.#collect());
  }

  /** The call is over: a stream that is still being read is ended. */
  drop(): void {
    if (this.#over) return;
    this.#over = true;
    // Nobody waits for it. Streams that fail meanwhile say so to those who read them.
    Promise.resolve(this.#iterator.return?.()).catch(() => undefined);
  }

  async #collect(): Promise<Uint8Array | AsyncIterable<Uint8Array>> {
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

  async *#rest(chunks: Uint8Array[]): AsyncGenerator<Uint8Array, void> {
    const iterator = this.#iterator;
    let isOver = false;
    try {
      for (let first = chunks.shift(); first !== undefined; first = chunks.shift()) yield first;
      for (;;) {
        const next = await iterator.next();
        if (next.done === true) break;
        yield bytes(next.value);
      }
      isOver = true;
    } finally {
      if (!isOver) await iterator.return?.();
    }
  }
}

function bytes(chunk: Chunk): Uint8Array {
  return typeof chunk === 'string' ? encoder.encode(chunk) : chunk;
}

function concat(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.byteLength;
  }
  return all;
}
