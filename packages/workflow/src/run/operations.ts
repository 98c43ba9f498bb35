import { OverlapError, WorkflowError } from '../errors.ts';
import { Interruption } from '../journal/journal.ts';
import { isReplayError } from '../records/stored-error.ts';
import { HandedPromise } from './handed-promise.ts';
import { handOut, rejectionsTold } from './stray-rejections.ts';
import type { ErrorOwner } from './stray-rejections.ts';

/**
 * Lets one operation of a run through at a time. A second one is refused before it can take a place
 * in the journal, where a replay could give it the other's result.
 */
export class Operations implements ErrorOwner {
  #running: string | undefined = undefined;
  #last: Promise<unknown> = Promise.resolve();
  #ended = false;
  #fatal: Error | undefined = undefined;
  /** Those that failed, and for which nobody has asked yet. */
  readonly #failed = new Map<HandedPromise<unknown>, unknown>();
  /** Promises of the workflow's own functions that were rejected because of one. */
  readonly #strays = new Map<Promise<unknown>, unknown>();
  #anyFailed = false;

  /** Runs an operation, if none is running. */
  run<T>(what: string, operation: () => Promise<T>): Promise<T> {
    const refusal = this.#refusal(what);
    if (refusal !== undefined) return this.#hand(Promise.reject(refusal));
    this.#running = what;
    const result = operation().catch((error: unknown) => {
      // A workflow that catches everything must not go on after its end.
      if (error instanceof Interruption || isReplayError(error)) this.#fatal = error as Error;
      throw error;
    });
    this.#last = result.then(ignore, ignore).finally(() => {
      this.#running = undefined;
    });
    return this.#hand(this.#last.then(() => result));
  }

  /** A failure that the workflow never heard of: it went on without awaiting what failed. */
  async unheard(): Promise<{ readonly error: unknown } | undefined> {
    if (this.#anyFailed) await rejectionsTold();
    for (const [promise, error] of this.#failed) if (!promise.isHeard) return { error };
    for (const error of this.#strays.values()) return { error };
    return undefined;
  }

  rejected(promise: Promise<unknown>, error: unknown): void {
    this.#strays.set(promise, error);
  }

  heard(promise: Promise<unknown>): void {
    this.#strays.delete(promise);
  }

  #hand<T>(promise: Promise<T>): Promise<T> {
    const handed = HandedPromise.of(promise);
    promise.catch((error: unknown) => {
      this.#anyFailed = true;
      handOut(error, this);
      if (!handed.isHeard) this.#failed.set(handed, error);
    });
    return handed;
  }

  /** What ended the execution, whatever the workflow made of it; `undefined` where nothing did. */
  get fatal(): Error | undefined {
    return this.#fatal;
  }

  /** Which operation is running. */
  get running(): string | undefined {
    return this.#running;
  }

  /** Lets no further operation of the workflow through, and waits for the one under way. */
  async end(): Promise<void> {
    this.#ended = true;
    await this.#last;
  }

  #refusal(what: string): Error | undefined {
    if (this.#fatal !== undefined) return this.#fatal;
    if (this.#running !== undefined) return new OverlapError(what, this.#running);
    if (!this.#ended) return undefined;
    return new WorkflowError('ERR_RUN_ENDED', `${what} was asked for after the run had ended`);
  }
}

function ignore(): void {
  // Whoever asked for the operation hears of its outcome.
}
