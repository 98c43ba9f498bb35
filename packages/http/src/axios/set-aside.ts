import type { Clock } from '@highway/resilience';
import type { AxiosResponse } from 'axios';
import { discardedBody, longestKeptBytes, longestKeptMs } from '../bodies/discarded.ts';
import type { Kept } from '../engine/index.ts';
import { isStream, streamLike } from './body.ts';

const nothing = (): void => undefined;

interface NodeStream extends AsyncIterable<Uint8Array> {
  on(event: string, listener: (chunk: Uint8Array) => void): void;
  off(event: string, listener: (chunk: Uint8Array) => void): void;
  pause(): void;
  destroy(error: Error): void;
}

/**
 * Frees the connection of an answer that nobody reads for now. Most have been read by axios. A stream of Node.js is
 * read into memory, and destroyed if it is long or slow; a stream of the web is canceled. Nobody waits for either.
 */
export function setAside(response: AxiosResponse, clock: Clock): Kept<AxiosResponse> {
  const data = response.data as unknown;
  if (!isStream(data)) return { restore: () => response };
  if ('getReader' in data) {
    (data as ReadableStream).cancel().catch(nothing);
    return { restore: () => response };
  }
  const drain = new Drain(data as unknown as NodeStream, clock);
  return {
    restore() {
      response.data = drain.restore();
      return response;
    },
  };
}

/** Reads a stream into memory, up to a limit. */
class Drain {
  readonly #stream: NodeStream;
  readonly #clock: Clock;
  readonly #timer: unknown;
  readonly #chunks: Uint8Array[] = [];
  #size = 0;
  #state: 'reading' | 'complete' | 'lost' = 'reading';
  readonly #keep = (chunk: Uint8Array): void => {
    this.#chunks.push(chunk);
    this.#size += chunk.byteLength;
    if (this.#size > longestKeptBytes) this.#lose();
  };
  readonly #end = (): void => {
    this.#stop('complete');
  };
  readonly #lose = (): void => {
    this.#stop('lost');
    this.#chunks.length = 0;
    this.#stream.destroy(discardedBody());
  };

  constructor(stream: NodeStream, clock: Clock) {
    this.#stream = stream;
    this.#clock = clock;
    this.#timer = clock.setTimeout(this.#lose, longestKeptMs);
    // For good: it may fail after it was destroyed.
    stream.on('error', nothing);
    stream.on('error', this.#lose);
    stream.on('end', this.#end);
    stream.on('data', this.#keep);
  }

  /** The body as it was, as far as it is known; what is still to come is read on demand. */
  restore(): unknown {
    const stream = this.#stream;
    const chunks = this.#chunks;
    if (this.#state === 'lost') return stream;
    if (this.#state === 'complete') return streamLike(stream, chunks);
    this.#stop('complete');
    stream.pause();
    return streamLike(
      stream,
      (async function* () {
        yield* chunks;
        yield* stream;
      })(),
    );
  }

  #stop(state: 'complete' | 'lost'): void {
    if (this.#state !== 'reading') return;
    this.#state = state;
    this.#clock.clearTimeout(this.#timer);
    this.#stream.off('error', this.#lose);
    this.#stream.off('end', this.#end);
    this.#stream.off('data', this.#keep);
  }
}
