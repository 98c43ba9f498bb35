import type { InnerScope, Scope } from './scope.ts';

/**
 * What a protected function is told about its attempt. A context can be destructured and spread: its
 * members are own properties and need no `this`.
 */
export interface CallContext {
  /**
   * Aborts when the caller's signal aborts, or when a policy (timeout, hedge) gives up on the attempt.
   * The signal is created when it is first read, so only calls that use it pay for it.
   */
  readonly signal: AbortSignal;
  /** The number of the attempt; the first is 1. */
  readonly attempt: number;
  /**
   * Switches off the timeouts around this attempt, for example when the headers of a response have arrived and
   * its body is streaming: those of its own call, and, if that call was given the `signal` of another context,
   * those around that one, too. The caller's own signal stays linked, even after the call has ended.
   *
   * That holds as long as the attempt's outcome may be that of the call. If a retry, a hedge or a fallback goes on
   * instead, the timeouts around it continue with their original deadlines. If one of these has passed, the call ends
   * at once with a `TimeoutExceededError`.
   */
  readonly disarm: () => void;
  /** The option `data` of `execute`; `undefined` if it was not given. */
  readonly data: unknown;
}

/** What a predicate is told about the attempt whose outcome it judges. */
export interface PredicateContext {
  /** The number of the attempt; the first is 1. */
  readonly attempt: number;
  /** The option `data` of `execute`; `undefined` if it was not given. */
  readonly data: unknown;
}

type AnyFunction = (...args: never[]) => unknown;

let lastCallId = 0;

/** Returns an id that no other call of the process has. */
export function nextCallId(): number {
  return ++lastCallId;
}

/** One call of a policy: the function to run, and its arguments. */
export class Call {
  readonly fn: AnyFunction;
  /** `this` and the arguments of a wrapped function; both `undefined` for `execute`. */
  readonly self: unknown;
  readonly args: unknown[] | undefined;
  /** The option `key` of `execute`, for a cache. */
  declare key: unknown;
  /** The option `data` of `execute`, for the function and for predicates. */
  declare data: unknown;
  private id = 0;
  static {
    // On the prototype: most calls have neither, and each field costs every call.
    this.prototype.key = this.prototype.data = undefined;
  }

  constructor(fn: AnyFunction, self: unknown, args: unknown[] | undefined) {
    this.fn = fn;
    this.self = self;
    this.args = args;
  }

  /** The id of its events; made when it is first read. */
  get callId(): number {
    return (this.id ||= nextCallId());
  }

  /**
   * Runs the caller's function, and throws what it throws. The scope is an `InnerScope`: a caller's signal
   * only gets here through an attempt.
   */
  invoke(scope: Scope | undefined, attempt: number): unknown {
    const { fn, args } = this;
    return args === undefined
      ? (fn as (context: CallContext) => unknown)(
          contextFor(fn, scope as InnerScope | undefined, attempt, this.data),
        )
      : Reflect.apply(fn, this.self, args);
  }
}

/** A call of `execute` with a key or data. */
export class CallWithOptions extends Call {
  constructor(fn: AnyFunction, key: unknown, data: unknown) {
    super(fn, undefined, undefined);
    this.key = key;
    this.data = data;
  }
}

/** A call of a function that takes its context before its arguments. */
export class ContextCall extends Call {
  override invoke(scope: Scope | undefined, attempt: number): unknown {
    const context = contextOf(scope as InnerScope | undefined, attempt);
    return Reflect.apply(this.fn, this.self, [context, ...this.args!]);
  }
}

/**
 * The target of a context's proxy. It is made on every call, so it makes nothing else until a member is read. Its
 * members are own properties, for users who spread the context.
 */
class ContextState {
  readonly attempt: number;
  private signal: AbortSignal | undefined = undefined;
  private disarm: (() => void) | undefined = undefined;
  readonly data: unknown;
  readonly #scope: InnerScope | undefined;

  constructor(scope: InnerScope | undefined, attempt: number, data: unknown) {
    this.attempt = attempt;
    this.data = data;
    this.#scope = scope;
  }

  static readonly members: ProxyHandler<ContextState> = {
    get(state, key) {
      switch (key) {
        // Even if nobody can cancel the call, it has a signal of its own: listeners on a shared signal
        // would never be released.
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
export function contextOf(
  scope: InnerScope | undefined,
  attempt: number,
  data?: unknown,
): CallContext {
  return new Proxy(
    new ContextState(scope, attempt, data),
    ContextState.members,
  ) as unknown as CallContext;
}

/**
 * The context of a function without parameters, which hardly reads it. Without own members for spreading, it is
 * ten times faster to make.
 */
class PlainContext implements CallContext {
  readonly attempt: number;
  declare data: unknown;
  readonly #scope: InnerScope | undefined;
  #signal: AbortSignal | undefined = undefined;
  static {
    this.prototype.data = undefined;
  }

  constructor(scope: InnerScope | undefined, attempt: number, data: unknown) {
    this.#scope = scope;
    this.attempt = attempt;
    if (data !== undefined) this.data = data;
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

/** The context of one attempt of `fn`. */
export function contextFor(
  fn: AnyFunction,
  scope: InnerScope | undefined,
  attempt: number,
  data?: unknown,
): CallContext {
  return fn.length === 0 ? new PlainContext(scope, attempt, data) : contextOf(scope, attempt, data);
}
