import { TimeoutExceededError } from '@highway/resilience';
import type { Clock } from '@highway/resilience';
import { hasFreshBody, rebuild } from './rebuild.ts';

/** How a body is watched. */
export interface BodyWatch {
  readonly clock: Clock;
  /** How long a read may take, in ms. */
  readonly timeoutMs: number;
  readonly name: string | undefined;
}

const nothing = (): void => undefined;

/**
 * Limits how long a reader of the answer's body may wait for the next chunk. Then the read rejects with a
 * `TimeoutExceededError`, and the connection is closed. No time counts while nobody reads.
 */
export function watchBody(response: Response, watch: BodyWatch): Response {
  if (!hasFreshBody(response)) return response;
  const reading = new Reading(response, watch);
  const source = {
    pull: (controller: Controller) => reading.pull(controller),
    cancel: (reason: unknown) => reading.cancel(reason),
  };
  const body = isByteStream(response.body!)
    ? new ReadableStream({ ...source, type: 'bytes' })
    : new ReadableStream<Uint8Array>(source, {
        highWaterMark: 0,
      });
  return rebuild(response, body);
}

type Controller = ReadableStreamDefaultController<Uint8Array> | ReadableByteStreamController;

/** Only these give their chunks away, so that they can be passed on without a copy. */
function isByteStream(body: ReadableStream<Uint8Array>): boolean {
  try {
    body.getReader({ mode: 'byob' }).releaseLock();
    return true;
  } catch {
    return false;
  }
}

/** Reads a body, one chunk at a time, when it is asked to. */
class Reading {
  // As long as nobody reads, hosts close the connection of an answer that is garbage. So it is held, and its body is
  // locked only by the first read.
  readonly #response: Response;
  readonly #watch: BodyWatch;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined = undefined;

  constructor(response: Response, watch: BodyWatch) {
    this.#response = response;
    this.#watch = watch;
  }

  async pull(controller: Controller): Promise<void> {
    const { clock, timeoutMs, name } = this.#watch;
    const reader = (this.#reader ??= this.#response.body!.getReader());
    let isLate = false as boolean;
    const timer = clock.setTimeout(() => {
      isLate = true;
      const error = new TimeoutExceededError(timeoutMs, name);
      controller.error(error);
      reader.cancel(error).catch(nothing);
    }, timeoutMs);
    try {
      const { done, value } = await readSome(reader);
      if (isLate) return;
      if (done) close(controller);
      else controller.enqueue(value as Uint8Array<ArrayBuffer>);
    } finally {
      clock.clearTimeout(timer);
    }
  }

  cancel(reason: unknown): Promise<void> {
    return this.#reader === undefined
      ? this.#response.body!.cancel(reason)
      : this.#reader.cancel(reason);
  }
}

/** A stream of bytes has no empty chunks. */
async function readSome(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<ReadableStreamReadResult<Uint8Array>> {
  for (;;) {
    const read = await reader.read();
    if (read.done || read.value.byteLength !== 0) return read;
  }
}

function close(controller: Controller): void {
  controller.close();
  if ('byobRequest' in controller) controller.byobRequest?.respond(0);
}
