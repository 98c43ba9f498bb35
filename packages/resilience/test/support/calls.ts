import type { CallContext, ExecuteOptions, Policy } from '@highway/resilience';
import { failed } from './outcomes.ts';

/** What protected functions throw where the test doesn't care what it is. */
export const boom: Error = new Error('boom');

/** A promise that a test settles by hand. */
export class Deferred<T> {
  readonly promise: Promise<T>;
  resolve!: (value: T) => void;
  reject!: (error: unknown) => void;

  constructor() {
    this.promise = new Promise<T>((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }
}

/** Catches what a promise rejects with; fails the test where it doesn't reject. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error;
  }
  throw new Error(`Expected a rejection, got ${String(value)}`);
}

/** Catches what a function throws; fails the test where it doesn't throw. */
export function thrown(fn: () => unknown): unknown {
  try {
    fn();
  } catch (error) {
    return error;
  }
  throw new Error('Expected the function to throw');
}

/** One call that succeeds. */
export function succeed(policy: Policy<unknown>): Promise<unknown> {
  return policy.execute(() => 'fine');
}

/** One call whose function throws: `boom`, or what is given. Gives what the caller caught. */
export function fail(policy: Policy<unknown>, ...given: [] | [unknown]): Promise<unknown> {
  const error = given.length === 0 ? boom : given[0];
  return rejection(
    policy.execute(() => {
      throw error;
    }),
  );
}

/** Calls one after the other, with these outcomes. Returns what each caller got. */
export async function play(policy: Policy<unknown>, outcomes: string): Promise<unknown[]> {
  const results: unknown[] = [];
  for (const outcome of outcomes) {
    const call = failed(outcome) ? fail(policy) : succeed(policy);
    results.push(await call.catch((error: unknown) => error));
  }
  return results;
}

/** A call running whose function settles when the test says so. */
export class HeldCall {
  /** What the function was told; `undefined` where it was not called. */
  context: CallContext | undefined = undefined;
  readonly result: Promise<unknown>;
  readonly #work = new Deferred<unknown>();

  constructor(policy: Policy<unknown>, options?: ExecuteOptions) {
    this.result = policy.execute((context) => {
      this.context = context;
      return this.#work.promise;
    }, options);
    // Tests that care for a rejection look at `result` themselves.
    this.result.catch(() => {});
  }

  /** Whether the function was called. */
  get ran(): boolean {
    return this.context !== undefined;
  }

  /** The function gives a value; waits until the caller has it. */
  async succeed(value: unknown = 'fine'): Promise<void> {
    this.#work.resolve(value);
    await this.result.catch(() => {});
  }

  /** The function throws; waits until the caller has it. */
  async fail(error: unknown = boom): Promise<void> {
    this.#work.reject(error);
    await this.result.catch(() => {});
  }

  /** The function ends with this outcome. */
  settle(outcome: string): Promise<void> {
    return failed(outcome) ? this.fail() : this.succeed();
  }
}

/** Starts a call whose function settles when the test says so. */
export function hold(policy: Policy<unknown>, options?: ExecuteOptions): HeldCall {
  return new HeldCall(policy, options);
}
