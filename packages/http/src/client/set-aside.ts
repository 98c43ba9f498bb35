import type { Clock } from '@highway/resilience';
import type { Kept } from '../engine/index.ts';
import { discardedBody, longestKeptBytes, longestKeptMs } from '../bodies/discarded.ts';
import { concat } from '../bodies/read-ahead.ts';
import { hasFreshBody, rebuild } from './rebuild.ts';

const nothing = (): void => undefined;

/**
 * Frees the connection of an answer that nobody reads for now. An unread body blocks its connection, so the body is
 * read into memory; if it is long or slow, it is canceled, which closes the connection. Nobody waits for either.
 */
export function setAside(response: Response, clock: Clock): Kept<Response> {
  if (!hasFreshBody(response)) return { restore: () => response };
  const drain = new Drain(response.body!.getReader(), clock);
  return { restore: () => rebuild(response, drain.restore()) };
}

/** Reads a body into memory, up to a limit. */
class Drain {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #clock: Clock;
  readonly #timer: unknown;
  readonly #chunks: Uint8Array[] = [];
  #size = 0;
  #state: 'reading' | 'complete' | 'lost' | 'restored' = 'reading';
  #failure: unknown = undefined;
  /** Settles when the reader is not being read. */
  readonly #read: Promise<void>;

  constructor(reader: ReadableStreamDefaultReader<Uint8Array>, clock: Clock) {
    this.#reader = reader;
    this.#clock = clock;
    this.#timer = clock.setTimeout(() => {
      this.#cancel();
    }, longestKeptMs);
    this.#read = this.#drain();
  }

  /** The body as it was, as far as it is known; what is still to come is read on demand. */
  restore(): ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer> {
    if (this.#state === 'complete') return concat(this.#chunks, this.#size);
    if (this.#state === 'reading') this.#end('restored');
    return new ReadableStream<Uint8Array>(
      {
        pull: (controller) => this.#pull(controller),
        cancel: (reason) => this.#reader.cancel(reason),
      },
      { highWaterMark: 0 },
    );
  }

  async #drain(): Promise<void> {
    try {
      while (this.#state === 'reading') {
        const { done, value } = await this.#reader.read();
        if (done) this.#end('complete');
        else this.#keep(value);
      }
    } catch (error) {
      this.#failure = error;
      this.#end('lost');
    }
  }

  #keep(chunk: Uint8Array): void {
    if (this.#state === 'lost') return;
    this.#chunks.push(chunk);
    this.#size += chunk.byteLength;
    if (this.#state === 'reading' && this.#size > longestKeptBytes) this.#cancel();
  }

  #cancel(): void {
    if (this.#state !== 'reading') return;
    this.#failure = discardedBody();
    this.#chunks.length = 0;
    this.#end('lost');
    // Not awaited: canceling one branch of a body that was cloned never ends.
    this.#reader.cancel().catch(nothing);
  }

  #end(state: 'complete' | 'lost' | 'restored'): void {
    if (this.#state === 'reading') {
      this.#state = state;
      this.#clock.clearTimeout(this.#timer);
    } else if (this.#state === 'restored') this.#state = state;
  }

  async #pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    await this.#read;
    const first = this.#chunks.shift();
    if (first !== undefined) controller.enqueue(first);
    else if (this.#state === 'lost') throw this.#failure;
    else if (this.#state === 'complete') controller.close();
    else {
      const { done, value } = await this.#reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    }
  }
}
