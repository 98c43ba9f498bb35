import { OverlapError, WorkflowError } from '../../errors.ts';
import { Interruption } from '../journal/journal.ts';
import { isReplayError } from '../records/stored-error.ts';
import { HandedPromise } from './handed-promise.ts';
import { rejectionsReported, setErrorOwner } from './unhandled-rejections.ts';
import type { ErrorOwner } from './unhandled-rejections.ts';

/**
 * Lets one operation of a run execute at a time. A second one is rejected before it reaches the
 * journal, where a replay could mix up the two results.
 */
export class Operations implements ErrorOwner {
  #running: string | undefined = undefined;
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;
  #fatal: Error | undefined = undefined;
  /** Operations that failed before anyone awaited them. */
  readonly #failed = new Map<HandedPromise<unknown>, unknown>();
  /** Promises of the workflow's own functions that were rejected because of an operation's error. */
  readonly #unhandled = new Map<Promise<unknown>, unknown>();
  #anyFailed = false;

  /** Runs an operation unless another one is running. */
  run<T>(what: string, operation: () => Promise<T>): Promise<T> {
    const rejection = this.#rejection(what);
    if (rejection !== undefined) return this.#handOut(Promise.reject(rejection));
    this.#running = what;
    const result = operation().catch((error: unknown) => {
      // A workflow that catches everything must not continue after one of these.
      if (error instanceof Interruption || isReplayError(error)) this.#fatal = error as Error;
      throw error;
    });
    this.#last = result.then(ignore, ignore).finally(() => {
      this.#running = undefined;
    });
    return this.#handOut(this.#last.then(() => result));
  }

  /** A failure that the workflow never handled, since it didn't await what failed. */
  async unhandledFailure(): Promise<{ readonly error: unknown } | undefined> {
    if (this.#anyFailed) await rejectionsReported();
    for (const [promise, error] of this.#failed) if (!promise.isHandled) return { error };
    for (const error of this.#unhandled.values()) return { error };
    return undefined;
  }

  rejected(promise: Promise<unknown>, error: unknown): void {
    this.#unhandled.set(promise, error);
  }

  handled(promise: Promise<unknown>): void {
    this.#unhandled.delete(promise);
  }

  #handOut<T>(promise: Promise<T>): Promise<T> {
    const handed = HandedPromise.of(promise);
    promise.catch((error: unknown) => {
      this.#anyFailed = true;
      setErrorOwner(error, this);
      if (!handed.isHandled) this.#failed.set(handed, error);
    });
    return handed;
  }

  /** The error that ends the execution even if the workflow catches it; `undefined` without one. */
  get fatal(): Error | undefined {
    return this.#fatal;
  }

  /** The operation that is running. */
  get running(): string | undefined {
    return this.#running;
  }

  /** Rejects further operations, and waits for the one that is running. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#last;
  }

  #rejection(what: string): Error | undefined {
    if (this.#fatal !== undefined) return this.#fatal;
    if (this.#running !== undefined) return new OverlapError(what, this.#running);
    if (!this.#closed) return undefined;
    return new WorkflowError('ERR_RUN_ENDED', `${what} was started after the run had ended`);
  }
}

function ignore(): void {
  // The caller of the operation receives its outcome.
}
