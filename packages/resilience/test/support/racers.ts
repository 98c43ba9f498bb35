import type { CallContext } from '@highway/resilience';
import { Deferred } from './calls.ts';

/** One attempt of a call, which settles when the test says so. */
export interface Racer {
  readonly context: CallContext;
  readonly work: Deferred<unknown>;
}

/** A function whose attempts the test settles one by one. */
export class Racers {
  /** The attempts that were started, the first of them first. */
  readonly started: Racer[] = [];

  readonly run = (context: CallContext): Promise<unknown> => {
    const work = new Deferred<unknown>();
    this.started.push({ context, work });
    return work.promise;
  };

  get count(): number {
    return this.started.length;
  }

  /** The attempt with this number, from 1. */
  at(attempt: number): Racer {
    const racer = this.started[attempt - 1];
    if (racer === undefined) throw new Error(`Attempt ${attempt} was not started`);
    return racer;
  }

  resolve(attempt: number, value: unknown): void {
    this.at(attempt).work.resolve(value);
  }

  reject(attempt: number, error: unknown): void {
    this.at(attempt).work.reject(error);
  }

  signal(attempt: number): AbortSignal {
    return this.at(attempt).context.signal;
  }
}
