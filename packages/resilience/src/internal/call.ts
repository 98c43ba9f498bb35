import { isThenable, rejectSoon } from './rejection.ts';
import type { Scope } from './scope.ts';
import type { Lane, Plan } from './stage.ts';
import { syncMisuse } from './sync-misuse.ts';

/** What a protected function is told about the attempt that it is. */
export interface CallContext {
  /**
   * Aborts when the caller's signal does, or when a policy (timeout, hedge) gives the attempt up.
   * Made when it is first read, so reading it is the only thing that costs.
   */
  readonly signal: AbortSignal;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /**
   * Ends the watch of the timeouts around this attempt, for when a response's headers have come and
   * its body streams on. The caller's own signal stays linked, beyond the end of the call too.
   */
  disarm(): void;
}

type AnyFunction = (...args: never[]) => unknown;

/** One call as its caller made it: what to run, and on what. */
export class Call {
  readonly fn: AnyFunction;
  /** `this` and the arguments of a wrapped function; `undefined` where `execute` was used. */
  readonly self: unknown;
  readonly args: unknown[] | undefined;
  /** The key that `execute` was given, for a cache. */
  readonly key: unknown;

  constructor(fn: AnyFunction, self: unknown, args: unknown[] | undefined, key: unknown) {
    this.fn = fn;
    this.self = self;
    this.args = args;
    this.key = key;
  }

  /** Runs the caller's function; what it throws is thrown. */
  invoke(scope: Scope | undefined, attempt: number): unknown {
    const { fn, args } = this;
    return args === undefined
      ? (fn as (context: CallContext) => unknown)(new AttemptContext(scope, attempt))
      : Reflect.apply(fn, this.self, args);
  }
}

/** The context of one attempt. */
export class AttemptContext implements CallContext {
  readonly attempt: number;
  readonly #scope: Scope | undefined;
  #signal: AbortSignal | undefined = undefined;

  constructor(scope: Scope | undefined, attempt: number) {
    this.#scope = scope;
    this.attempt = attempt;
  }

  get signal(): AbortSignal {
    // Where nobody can cancel, the signal is this call's own all the same: listeners on a signal
    // that is shared by everybody would never be let go.
    return (this.#signal ??= this.#scope?.signal ?? new AbortController().signal);
  }

  disarm(): void {
    this.#scope?.disarm();
  }
}

/** The innermost plan: runs the caller's function. */
export const invocation: Plan = {
  run(call, scope, attempt) {
    try {
      return Promise.resolve(call.invoke(scope, attempt));
    } catch (error) {
      return rejectSoon(error);
    }
  },

  runSync(call, attempt) {
    const result = call.invoke(undefined, attempt);
    if (isThenable(result)) {
      throw syncMisuse('the function returned a promise; use execute for it');
    }
    return result;
  },
};

/** Executes a function that a gate has admitted by its lane, as the first attempt. */
export function executeInLane(lane: Lane, fn: (context: CallContext) => unknown): Promise<unknown> {
  let result: unknown;
  try {
    result = fn(new AttemptContext(undefined, 1));
  } catch (error) {
    result = rejectSoon(error);
  }
  return Promise.resolve(result).then(lane.value, lane.error);
}

/** Runs a call that a gate has admitted by its lane. */
export function runInLane(lane: Lane, call: Call, attempt: number): Promise<unknown> {
  let result: unknown;
  try {
    result = call.invoke(undefined, attempt);
  } catch (error) {
    result = rejectSoon(error);
  }
  return Promise.resolve(result).then(lane.value, lane.error);
}
