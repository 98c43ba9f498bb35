import type { Clock } from './seams/clock.ts';
import { Channel } from './events.ts';
import type { EventDetails, EventType } from './events.ts';
import { Call, CallWithOptions, ContextCall } from './pipeline/call.ts';
import { executeInLane } from './pipeline/invocation.ts';
import type { CallContext, PredicateContext } from './pipeline/call.ts';
import { applyPolicy, passAs } from './support/decorate.ts';
import { describe, nameOfType, policyBrand } from './support/describe.ts';
import { leave } from './support/foreign.ts';
import { inspector, inspectKey } from './support/inspect.ts';
import { checkKeys } from './support/options.ts';
import { rejectSoon } from './support/reject-soon.ts';
import { toSignal } from './support/signal.ts';
import { callScope } from './pipeline/scope.ts';
import type { Plan, Stage } from './pipeline/stage.ts';
import { compile } from './pipeline/compile.ts';

/** Options of a call. */
export interface ExecuteOptions {
  /**
   * Cancels the call: waits reject with the signal's reason, and `context.signal` aborts. `null` means no
   * signal, as for `fetch`.
   */
  readonly signal?: AbortSignal | null | undefined;
  /** The key of the call in a `CachePolicy`. */
  readonly key?: unknown;
  /**
   * Anything that the function and the predicates of the policies should know about the call: they find it in their
   * contexts, as `data`. If a cache lets calls share one execution, it has the data of the call that started it.
   */
  readonly data?: unknown;
}

/** The outcome of a call. */
export type Outcome<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown };

/** Options of every policy. */
export interface PolicyOptions {
  /** Labels errors, events and metrics. `observe` and `policies` cover named policies only. */
  readonly name?: string | undefined;
  /** The time source. Default: the system's monotonic clock and timers. */
  readonly clock?: Clock | undefined;
}

/**
 * Decides about an error. The context is only passed to a predicate that declares it as its second parameter, without
 * a default value: `(error, { data }) => …`.
 */
export type ErrorPredicate = (error: unknown, context: PredicateContext) => boolean;

/**
 * Decides whether a result is a failure. Its parameter can have the type of the function's result:
 * `(response: Response) => !response.ok`. The context is only passed to a predicate that declares it as its second
 * parameter, without a default value.
 */
export type ResultPredicate = {
  // Methods are compared bivariantly; as a plain function it would have to accept `unknown`.
  judge(value: unknown, context: PredicateContext): boolean;
}['judge'];

/**
 * The configuration of a policy as plain data, for display. In programs, use the policy's own properties.
 */
export interface PolicySettings {
  /** The kind of policy. */
  readonly type: string;
  readonly [setting: string]: unknown;
}

/** The properties of every event. */
export interface EventBase<Type extends string = string> {
  readonly type: Type;
  /** The policy that emitted the event. */
  readonly policy: Policy;
  /** The name of the policy, or `undefined` if it has none. */
  readonly policyName: string | undefined;
  /** The time of the event, in milliseconds since the epoch. */
  readonly at: number;
  /**
   * Identifies the call. All events of one call have the same id, across policies and attempts, and no
   * other call of the process has it. `undefined` if the event is not about a call, such as `stateChange`.
   */
  readonly callId?: number | undefined;
}

/** An event of a policy. */
export type PolicyEvent<Type extends EventType = EventType> = {
  [T in Type]: EventBase<T> & EventDetails[T];
}[Type];

/** Listens to events of policies. Errors that it throws are reported and change nothing. */
export type PolicyEventListener<Type extends EventType = EventType> = (
  event: PolicyEvent<Type>,
) => void;

/**
 * The key of a policy's stage in a pipeline.
 *
 * @internal
 */
export const stage: unique symbol = Symbol('stage');

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/** The callable part of a policy. */
export class Callable {
  static {
    Object.setPrototypeOf(this.prototype, Function.prototype);
  }

  constructor(name: string) {
    // The name comes from the literal: defining or deleting it later would turn the function into a slow
    // dictionary object.
    const self = {
      [name]: (target: unknown, context: unknown, rest: unknown): unknown =>
        applyPolicy((fn) => (self as unknown as Policy).wrap(fn), target, context, rest),
    }[name]!;
    return Object.setPrototypeOf(self, new.target.prototype) as this;
  }
}

/**
 * The base class of every policy. A policy is a function: call it with a function to wrap that
 * function, or decorate a method with it. Everything that one policy protects shares its state.
 *
 * `Added` is the type of results that come from the policy itself, such as those of a fallback.
 */
export abstract class Policy<Added = never> extends Callable {
  /** The policy's name, or an empty string if it has none. */
  declare readonly name: string;
  static {
    Object.defineProperty(this.prototype, policyBrand, { value: true });
    Object.defineProperty(this.prototype, inspectKey, {
      value: inspector(labelOf, (policy: Policy) => policy.inspected),
    });
  }
  /** @internal */
  readonly channel: Channel;
  #plan: Plan | undefined = undefined;

  constructor(name: string | undefined, clock: Clock) {
    super(name ?? '');
    this.channel = new Channel(this, name, clock);
  }

  /** @internal */
  abstract get [stage](): Stage;

  /** The kind of policy, such as `'circuitBreaker'`. */
  abstract get type(): string;

  /** The policy's configuration as plain data, including defaults. Durations are in ms. */
  abstract get settings(): PolicySettings;

  /**
   * The policy's current state, in addition to its settings.
   *
   * @internal
   */
  get condition(): Readonly<Record<string, unknown>> | undefined {
    return undefined;
  }

  /**
   * What `console.log` shows.
   *
   * @internal
   */
  get inspected(): object {
    // These are in the label.
    return { ...this.condition, ...this.settings, type: undefined, name: undefined };
  }

  /** The policy as plain data for logs: kind, name, state (if it has one) and settings. */
  toJSON(): unknown {
    const { type, name, ...settings } = this.settings;
    return { type, name, state: this.condition, settings };
  }

  /** The policy's class and name. */
  override toString(): string {
    return labelOf(this);
  }

  /**
   * Runs `fn` under the policy. Rejects with what `fn` throws or with an error of the policy. If
   * `options.signal` is aborted already, rejects with its reason and does not run `fn`.
   */
  execute<T>(
    fn: (context: CallContext) => T,
    options?: ExecuteOptions,
  ): Promise<Awaited<T> | Added> {
    // Engines inline short functions, so the fast path of a single policy is here.
    const { plan } = this;
    const usual = options === undefined && typeof fn === 'function';
    const lane = usual ? plan.lane?.(false) : undefined;
    const run = lane === undefined ? runWith(options, fn, plan) : executeInLane(lane, fn);
    return run as Promise<Awaited<T> | Added>;
  }

  /** As `execute`, but never rejects: resolves to `{ ok: true, value }` or `{ ok: false, error }`. */
  executeOutcome<T>(
    fn: (context: CallContext) => T,
    options?: ExecuteOptions,
  ): Promise<Outcome<Awaited<T> | Added>> {
    return this.execute(fn, options).then(
      (value) => ({ ok: true, value }),
      (error: unknown) => ({ ok: false, error }),
    );
  }

  /**
   * As `execute`, but synchronous. Throws a `TypeError` if `fn` returns a promise or the policy would have
   * to wait. It takes no options, because nothing can cancel a synchronous call.
   */
  executeSync<T>(fn: (context: CallContext) => T, options?: undefined): T | Added {
    if (typeof fn !== 'function') throw notAFunction('executeSync', fn);
    if ((options as unknown) !== undefined) {
      throw new TypeError(`executeSync: takes no options, got ${describe(options)}`);
    }
    return this.plan.runSync(new Call(fn, undefined, undefined), 1) as T | Added;
  }

  /** Wraps a synchronous function: same parameters, `this`, name and result. */
  wrapSync<This, Args extends unknown[], Result>(
    fn: (this: This, ...args: Args) => Result,
  ): (this: This, ...args: Args) => Result | Added {
    if (typeof fn !== 'function') throw notAFunction('wrapSync', fn);
    const { plan } = this;
    return passAs(
      fn as AnyFunction,
      (name) =>
        ({
          [name](this: unknown, ...args: unknown[]): unknown {
            return plan.runSync(new Call(fn, this, args), 1);
          },
        })[name]!,
    ) as (this: This, ...args: Args) => Result | Added;
  }

  /**
   * Wraps a function that takes its context as the first parameter, before the arguments of the call.
   * Same `this` and name; the result is a promise.
   *
   * @example
   * const load = timeout.withContext(({ signal }, id: string) => loadPage(id, { signal }));
   * const response = await load('42');
   */
  withContext<This, Args extends unknown[], Result>(
    fn: (this: This, context: CallContext, ...args: Args) => Result,
  ): AsyncFunction<This, Args, Awaited<Result> | Added> {
    if (typeof fn !== 'function') throw notAFunction('withContext', fn);
    const { plan } = this;
    return passAs(
      fn as AnyFunction,
      (name) =>
        ({
          [name](this: unknown, ...args: unknown[]): unknown {
            return plan.run(new ContextCall(fn, this, args), undefined, 1);
          },
        })[name]!,
      1,
    ) as AsyncFunction<This, Args, Awaited<Result> | Added>;
  }

  /**
   * Calls `listener` for each event of the type. Returns a function that removes the listener. Errors that
   * the listener throws are reported and change nothing.
   */
  on<Type extends EventType>(type: Type, listener: PolicyEventListener<Type>): () => void {
    return this.channel.add(type, listener);
  }

  /** Called when a function is wrapped by the policy, alone or within others. @internal */
  wrapped(): void {
    // Most policies do nothing here.
  }

  /** @internal */
  get plan(): Plan {
    return this.#plan ?? this.compile();
  }

  /** @internal */
  compile(): Plan {
    return (this.#plan = compile([this[stage]]));
  }

  /** @internal */
  wrap(fn: AnyFunction): AnyFunction {
    const { plan } = this;
    this.wrapped();
    return passAs(
      fn,
      (name) =>
        ({
          [name](this: unknown, ...args: unknown[]): unknown {
            return plan.run(new Call(fn, this, args), undefined, 1);
          },
        })[name]!,
    );
  }
}

/** A function wrapped by a policy: its result is a promise, whether it was before or not. */
export type AsyncFunction<This, Args extends unknown[], Result> = (
  this: This,
  ...args: Args
) => Promise<Result>;

/** Carries a policy's `Added` in its type. There is no such property at run time. */
export declare const added: unique symbol;

/** The ways to call a policy. */
export interface Policy<Added = never> {
  // The compiler can't infer `Added` from the signatures below, where it is in a union with the result of
  // the function. It is a method, which is compared bivariantly, so that any policy is a `Policy`.
  [added]?(value: Added): void;
  /**
   * Makes `@breaker()` a compile error whose message says what to write: `@breaker`, without parentheses.
   * This overload comes first, because otherwise compilers crash if `experimentalDecorators` is on.
   */
  (this: 'a policy decorates without parentheses: @policy, not @policy()', options?: object): never;
  /** Wraps a function: same parameters, `this` and name; the result is a promise. */
  <This, Args extends unknown[], Result>(
    fn: (this: This, ...args: Args) => Result,
  ): AsyncFunction<This, Args, Awaited<Result> | Added>;
  /** Decorates a method as a TC39 decorator. */
  <This, Args extends unknown[], Result>(
    method: (this: This, ...args: Args) => Promise<Result>,
    context: ClassMethodDecoratorContext<This, (this: This, ...args: Args) => Promise<Result>>,
  ): AsyncFunction<This, Args, Result | Added>;
  /** Decorates a method as a legacy decorator (`experimentalDecorators`). */
  <Method extends (...args: never[]) => Promise<unknown>>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<Method>,
  ): TypedPropertyDescriptor<Method>;
}

function runWith(
  options: ExecuteOptions | undefined,
  fn: (context: CallContext) => unknown,
  plan: Plan,
): Promise<unknown> {
  if (typeof fn !== 'function') return rejectSoon(notAFunction('execute', fn));
  let signal: AbortSignal | undefined;
  try {
    signal = options === undefined ? undefined : readSignal(options);
    if (signal?.aborted === true) return rejectSoon(signal.reason);
  } catch (error) {
    return rejectSoon(error);
  }
  const { key, data } = options ?? none;
  const call =
    key === undefined && data === undefined
      ? new Call(fn, undefined, undefined)
      : new CallWithOptions(fn, key, data);
  return plan.run(call, signal === undefined ? undefined : callScope(signal), 1);
}

const none: ExecuteOptions = {};
const callOptions = ['signal', 'key', 'data'];

/** Reads the signal from the options; throws if the options are invalid. */
function readSignal(options: ExecuteOptions): AbortSignal | undefined {
  // A signal passed as the options themselves would never cancel anything, nor would a misspelled key.
  const given: unknown = options;
  checkKeys('execute', given, callOptions);
  return toSignal('signal', options.signal);
}

function labelOf({ type, name }: Policy<unknown>): string {
  return name === '' ? nameOfType(type) : `${nameOfType(type)} ${JSON.stringify(name)}`;
}

function notAFunction(method: string, value: unknown): TypeError {
  leave(value);
  return new TypeError(`${method}: ${describe(value)} is not a function`);
}
