import type { Clock } from './clock.ts';
import { Channel } from './events.ts';
import type { EventType, PolicyEventListener } from './events.ts';
import { Call, ContextCall, executeInLane } from './internal/call.ts';
import type { CallContext } from './internal/call.ts';
import { applyPolicy, passAs } from './internal/decorate.ts';
import { describe, nameOfType, policyBrand } from './internal/describe.ts';
import { leave } from './internal/foreign.ts';
import { inspector, inspectKey } from './internal/inspect.ts';
import { checkKeys, hasMethods } from './internal/options.ts';
import { rejectSoon } from './internal/rejection.ts';
import { callScope } from './internal/scope.ts';
import type { Plan, Stage } from './internal/stage.ts';
import { compile } from './pipeline.ts';

/** What a call may say of itself. */
export interface ExecuteOptions {
  /**
   * Cancels the call: what waits rejects with its reason, and `context.signal` aborts. `null` is
   * none, as for `fetch`.
   */
  readonly signal?: AbortSignal | null | undefined;
  /** What a `CachePolicy` knows the call by. */
  readonly key?: unknown;
}

/** What became of a call. */
export type Outcome<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown };

/** Options that every policy has. */
export interface PolicyOptions {
  /** Labels errors, events and metrics. A named policy is seen by `observe` and `policies`. */
  readonly name?: string | undefined;
  /** Where time comes from. Default: the system's monotonic clock and timers. */
  readonly clock?: Clock | undefined;
}

/**
 * Says of what a function gave whether it is a failure. What it takes may be declared as narrow as
 * the function's result is: `(response: Response) => !response.ok`.
 */
export type ResultPredicate = {
  // A method is compared both ways; as a plain function it would have to take anything.
  judge(value: unknown): boolean;
}['judge'];

/** The configuration of a policy as plain data. */
export interface PolicySettings {
  /** The kind of policy. */
  readonly type: string;
  readonly [setting: string]: unknown;
}

/**
 * The key of the part that a policy plays in a pipeline.
 *
 * @internal
 */
export const stage: unique symbol = Symbol('stage');

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/** The function that a policy is: what every policy is by itself. */
export class Callable {
  static {
    Object.setPrototypeOf(this.prototype, Function.prototype);
  }

  constructor(name: string) {
    // The name is given by the literal: defining or deleting it afterwards would turn the function
    // into a slow dictionary object.
    const self = {
      [name]: (target: unknown, context: unknown, rest: unknown): unknown =>
        applyPolicy((fn) => (self as unknown as Policy).wrap(fn), target, context, rest),
    }[name]!;
    return Object.setPrototypeOf(self, new.target.prototype) as this;
  }
}

/**
 * The base of every policy. A policy is a function: called with a function it wraps it, and used on
 * a method it decorates it; all that it protects shares its one state.
 *
 * `Added` is what the policy may answer with by itself, beside what the function gives.
 */
export abstract class Policy<Added = never> extends Callable {
  /** The policy's name; empty where it has none. */
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

  /** The kind of policy, such as `'circuitBreaker'`; cheap, unlike the settings that say it too. */
  abstract get type(): string;

  /** The policy's configuration as plain data: defaults filled in, durations in ms. */
  abstract get settings(): PolicySettings;

  /**
   * What there is to know of the policy now beside its settings.
   *
   * @internal
   */
  get condition(): Readonly<Record<string, unknown>> | undefined {
    return undefined;
  }

  /**
   * What consoles show of it.
   *
   * @internal
   */
  get inspected(): object {
    // Its label says these.
    return { ...this.condition, ...this.settings, type: undefined, name: undefined };
  }

  /** What logs show of the policy: its kind, its name, its state where it has one, and its settings. */
  toJSON(): unknown {
    const { type, name, ...settings } = this.settings;
    return { type, name, state: this.condition, settings };
  }

  /** The policy in a few words: what it is, and its name. */
  override toString(): string {
    return labelOf(this);
  }

  /**
   * Runs `fn` under the policy. Rejects with what `fn` throws, or with an error of the policy; with
   * the reason of `options.signal` if that is aborted already, and then nothing runs.
   */
  execute<T>(
    fn: (context: CallContext) => T,
    options?: ExecuteOptions,
  ): Promise<Awaited<T> | Added> {
    // Engines inline what is short, so the short way of a policy alone stands by itself.
    const { plan } = this;
    const usual = options === undefined && typeof fn === 'function';
    const lane = usual ? plan.lane?.() : undefined;
    const run = lane === undefined ? runWith(options, fn, plan) : executeInLane(lane, fn);
    return run as Promise<Awaited<T> | Added>;
  }

  /** As `execute`, but never rejects: gives `{ ok: true, value }` or `{ ok: false, error }`. */
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
   * As `execute`, without a promise: throws what goes wrong. A `TypeError` where `fn` returns a
   * promise, or where the policy would have to wait. It takes no options: nothing can be cancelled
   * in between.
   */
  executeSync<T>(fn: (context: CallContext) => T, options?: undefined): T | Added {
    if (typeof fn !== 'function') throw notAFunction('executeSync', fn);
    if ((options as unknown) !== undefined) {
      throw new TypeError(`executeSync: it takes no options, got ${describe(options)}`);
    }
    return this.plan.runSync(new Call(fn, undefined, undefined, undefined), 1) as T | Added;
  }

  /** Wraps a function that returns no promise: the same parameters, `this`, name and result. */
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
            return plan.runSync(new Call(fn, this, args, undefined), 1);
          },
        })[name]!,
    ) as (this: This, ...args: Args) => Result | Added;
  }

  /**
   * Wraps a function that wants its context: it comes first, before the arguments of the call. The
   * same `this` and name; the result comes in a promise.
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
            return plan.run(new ContextCall(fn, this, args, undefined), undefined, 1);
          },
        })[name]!,
      1,
    ) as AsyncFunction<This, Args, Awaited<Result> | Added>;
  }

  /**
   * Calls `listener` for each event of the type; returns a function that removes it. What the
   * listener throws is reported, and changes nothing.
   */
  on<Type extends EventType>(type: Type, listener: PolicyEventListener<Type>): () => void {
    return this.channel.add(type, listener);
  }

  /** A function is wrapped by it, alone or among others. @internal */
  wrapped(): void {
    // Most policies have nothing to say to that.
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
            return plan.run(new Call(fn, this, args, undefined), undefined, 1);
          },
        })[name]!,
    );
  }
}

/** A function under a policy: what it gave comes in a promise, as it did or not before. */
export type AsyncFunction<This, Args extends unknown[], Result> = (
  this: This,
  ...args: Args
) => Promise<Result>;

/** Where a policy's type says what it may answer with by itself; there is no such property. */
export declare const added: unique symbol;

/** The forms in which a policy protects when it is called. */
export interface Policy<Added = never> {
  // The compiler can't infer `Added` from the signatures below, where it stands in unions with what
  // the function gives. A method is compared both ways, so that any policy remains a `Policy`.
  [added]?(value: Added): void;
  /**
   * Never right: a policy is called with a function, and decorates without parentheses. It stands
   * first so that `@breaker()` is an error that says so; with the others alone, compilers crash where
   * `experimentalDecorators` is on.
   */
  (this: 'a policy decorates without parentheses: @policy, not @policy()', options?: object): never;
  /** Wraps a function: the same parameters, `this` and name; the result comes in a promise. */
  <This, Args extends unknown[], Result>(
    fn: (this: This, ...args: Args) => Result,
  ): AsyncFunction<This, Args, Awaited<Result> | Added>;
  /** Decorates a method, as TC39 decorators do. */
  <This, Args extends unknown[], Result>(
    method: (this: This, ...args: Args) => Promise<Result>,
    context: ClassMethodDecoratorContext<This, (this: This, ...args: Args) => Promise<Result>>,
  ): AsyncFunction<This, Args, Result | Added>;
  /** Decorates a method, as `experimentalDecorators` do. */
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
  } catch (error) {
    return rejectSoon(error);
  }
  if (signal?.aborted === true) return rejectSoon(signal.reason);
  const call = new Call(fn, undefined, undefined, options?.key);
  return plan.run(call, signal === undefined ? undefined : callScope(signal), 1);
}

const callOptions = ['signal', 'key'];
const signalMethods = ['addEventListener', 'removeEventListener'];

/** Gives the signal; throws where the options are none, or hold something that is not known. */
function readSignal(options: ExecuteOptions): AbortSignal | undefined {
  // A signal given as the options themselves would never cancel anything, nor would a misspelt one.
  const given: unknown = options;
  checkKeys('execute', given, callOptions);
  const signal = options.signal ?? undefined;
  if (
    signal !== undefined &&
    !(typeof signal.aborted === 'boolean' && hasMethods(signal, signalMethods))
  ) {
    leave(signal);
    throw new TypeError(`signal: ${describe(signal)} is not an AbortSignal`);
  }
  return signal;
}

function labelOf({ type, name }: Policy<unknown>): string {
  return name === '' ? nameOfType(type) : `${nameOfType(type)} ${JSON.stringify(name)}`;
}

function notAFunction(method: string, value: unknown): TypeError {
  leave(value);
  return new TypeError(`${method}: ${describe(value)} is not a function`);
}
