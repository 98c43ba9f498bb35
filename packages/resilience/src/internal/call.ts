import { isThenable, leave } from './foreign.ts';
import { rejectSoon } from './rejection.ts';
import type { InnerScope, Scope } from './scope.ts';
import type { Lane, Plan } from './stage.ts';
import { syncMisuse } from './sync-misuse.ts';

/**
 * What a protected function is told about the attempt that it is. Made to be destructured, and to be
 * spread: its members are its own, and need no `this`.
 */
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
  readonly disarm: () => void;
}

type AnyFunction = (...args: never[]) => unknown;

let lastCallId = 0;

/** A number that no other call of the process has. */
export function nextCallId(): number {
  return ++lastCallId;
}

/** One call as its caller made it: what to run, and on what. */
export class Call {
  readonly fn: AnyFunction;
  /** `this` and the arguments of a wrapped function; `undefined` where `execute` was used. */
  readonly self: unknown;
  readonly args: unknown[] | undefined;
  /** The key that `execute` was given, for a cache. */
  readonly key: unknown;
  private id = 0;

  constructor(fn: AnyFunction, self: unknown, args: unknown[] | undefined, key: unknown) {
    this.fn = fn;
    this.self = self;
    this.args = args;
    this.key = key;
  }

  /** What its events know it by; made when it is first asked for. */
  get callId(): number {
    return (this.id ||= nextCallId());
  }

  /**
   * Runs the caller's function; what it throws is thrown. The scope is one that a policy made: what
   * links a caller's signal is an attempt.
   */
  invoke(scope: Scope | undefined, attempt: number): unknown {
    const { fn, args } = this;
    return args === undefined
      ? (fn as (context: CallContext) => unknown)(
          contextFor(fn, scope as InnerScope | undefined, attempt),
        )
      : Reflect.apply(fn, this.self, args);
  }
}

/** A call of a wrapped function that wants its context, before its arguments. */
export class ContextCall extends Call {
  override invoke(scope: Scope | undefined, attempt: number): unknown {
    const context = contextOf(scope as InnerScope | undefined, attempt);
    return Reflect.apply(this.fn, this.self, [context, ...this.args!]);
  }
}

/**
 * What stands behind the context of one attempt: made on every call, so it makes nothing else before
 * it is asked. Its members are its own for those who spread it, and need no `this`.
 */
class ContextState {
  readonly attempt: number;
  private signal: AbortSignal | undefined = undefined;
  private disarm: (() => void) | undefined = undefined;
  readonly #scope: InnerScope | undefined;

  constructor(scope: InnerScope | undefined, attempt: number) {
    this.attempt = attempt;
    this.#scope = scope;
  }

  static readonly members: ProxyHandler<ContextState> = {
    get(state, key) {
      switch (key) {
        // Where nobody can cancel, the signal is this call's own all the same: listeners on a signal
        // that is shared by everybody would never be let go.
        case 'signal':
          return (state.signal ??= state.#scope?.signal ?? new AbortController().signal);
        case 'disarm':
          return (state.disarm ??= () => {
            state.#scope?.disarm();
          });
        default:
          return Reflect.get(state, key) as unknown;
      }
    },
  };
}

/** The context of one attempt. */
export function contextOf(scope: InnerScope | undefined, attempt: number): CallContext {
  return new Proxy(
    new ContextState(scope, attempt),
    ContextState.members,
  ) as unknown as CallContext;
}

/**
 * The context of a function that names no parameter, and so hardly looks at it: without the members
 * of its own that spreading needs, making it takes a tenth of the time.
 */
class PlainContext implements CallContext {
  readonly attempt: number;
  readonly #scope: InnerScope | undefined;
  #signal: AbortSignal | undefined = undefined;

  constructor(scope: InnerScope | undefined, attempt: number) {
    this.#scope = scope;
    this.attempt = attempt;
  }

  get signal(): AbortSignal {
    return (this.#signal ??= this.#scope?.signal ?? new AbortController().signal);
  }

  get disarm(): () => void {
    return () => {
      this.#scope?.disarm();
    };
  }
}

function contextFor(fn: AnyFunction, scope: InnerScope | undefined, attempt: number): CallContext {
  return fn.length === 0 ? new PlainContext(scope, attempt) : contextOf(scope, attempt);
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
      leave(result);
      throw syncMisuse('the function returned a promise; use execute for it');
    }
    return result;
  },
};

/** Executes a function that a gate has admitted by its lane, as the first attempt. */
export function executeInLane(lane: Lane, fn: (context: CallContext) => unknown): Promise<unknown> {
  let result: Promise<unknown>;
  try {
    result = Promise.resolve(fn(contextFor(fn, undefined, 1)));
  } catch (error) {
    result = rejectSoon(error);
  }
  return result.then(lane.value, lane.error);
}

/** Runs a call that a gate has admitted by its lane. */
export function runInLane(lane: Lane, call: Call, attempt: number): Promise<unknown> {
  let result: Promise<unknown>;
  try {
    result = Promise.resolve(call.invoke(undefined, attempt));
  } catch (error) {
    result = rejectSoon(error);
  }
  return result.then(lane.value, lane.error);
}
