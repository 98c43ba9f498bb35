/**
 * Cancellation: a tree of scopes, from the caller's signal at its root down to one attempt.
 *
 * A scope is cheap until somebody reads its `signal`: watchers are nodes of an intrusive list, so
 * that watching costs no closure and no listener. Only the root listens to a real `AbortSignal`,
 * once for all the calls that share it, and only while one of them is under way.
 *
 * Who aborts stands in another async context than the call. So what a cancellation does at once must
 * run no code of a user's: slots are given back, queues are left, signals show it. The event of a
 * signal comes in a reaction that was registered when it was read, in the context of who read it; and
 * an attempt ends in a reaction of its own.
 */
import { isTimeoutItself } from '../errors.ts';
import { reaction } from './reaction.ts';

/** Somebody who is told when a scope is cancelled: a node in the scope's list. */
export abstract class Watcher {
  /** The scope watched, or `undefined`. */
  watching: Scope | undefined = undefined;
  private previous: Watcher | undefined = undefined;
  private next: Watcher | undefined = undefined;

  /** The scope watched was cancelled; it is no longer watched when this is called. */
  abstract cancelled(reason: unknown): void;

  /** Starts to watch. The scope must not be cancelled yet, and nothing else be watched. */
  watch(scope: Scope): void {
    const last = scope.last;
    this.watching = scope;
    this.previous = last;
    scope.last = this;
    if (last !== undefined) last.next = this;
    else {
      scope.first = this;
      scope.occupied();
    }
  }

  /** Stops watching, if it does. */
  unwatch(): void {
    const scope = this.watching;
    if (scope === undefined) return;
    const previous = this.previous;
    const next = this.next;
    this.watching = this.previous = this.next = undefined;
    if (next !== undefined) next.previous = previous;
    else scope.last = previous;
    if (previous !== undefined) previous.next = next;
    else {
      scope.first = next;
      if (next === undefined) scope.vacated();
    }
  }
}

/** Something that can be cancelled, once, with a reason. */
export abstract class Scope extends Watcher {
  /** The watchers, in the order in which they came and are told. */
  first: Watcher | undefined = undefined;
  last: Watcher | undefined = undefined;

  abstract readonly aborted: boolean;
  /** Why it was cancelled, once it is. */
  abstract readonly reason: unknown;

  /** The first watcher came. */
  occupied(): void {
    // Only the root has something to do.
  }

  /** The last watcher went. */
  vacated(): void {
    // Only the root has something to do.
  }

  /** A cancellation that waits for its reaction; `heed` has it at once, in the call's context. */
  pending = false;

  heed(): void {
    // Only the scope of a call has something to do.
  }

  /** Tells every watcher. */
  protected tell(reason: unknown): void {
    for (let watcher = this.first; watcher !== undefined; watcher = this.first) {
      watcher.unwatch();
      watcher.cancelled(reason);
    }
  }

  /** Ends the watch of the timeouts around; the caller's signal stays linked. */
  disarm(): void {
    const outer = this.watching;
    if (outer !== undefined) outer.disarm();
  }
}

/** The root: a caller's own signal, shared by all the calls that were given it. */
class CallerScope extends Scope {
  readonly signal: AbortSignal;

  constructor(signal: AbortSignal) {
    super();
    this.signal = signal;
  }

  get aborted(): boolean {
    return this.signal.aborted;
  }

  get reason(): unknown {
    return this.signal.reason as unknown;
  }

  // The listener is the scope itself, as DOM events allow: no closure for each signal.
  handleEvent(): void {
    this.tell(this.signal.reason);
  }

  override occupied(): void {
    this.signal.addEventListener('abort', this);
  }

  override vacated(): void {
    this.signal.removeEventListener('abort', this);
  }

  override cancelled(): void {
    // A root watches nothing.
  }
}

const callerScopes = new WeakMap<AbortSignal, CallerScope>();

/** The scope of a caller's signal: one for all the calls that are given it. */
export function callerScope(signal: AbortSignal): Scope {
  let scope = callerScopes.get(signal);
  if (scope === undefined) {
    scope = new CallerScope(signal);
    callerScopes.set(signal, scope);
  }
  return scope;
}

/** A scope that a policy makes inside another: cancelled with it, or by the policy. */
export class InnerScope extends Scope {
  aborted = false;
  reason: unknown = undefined;
  private handle: SignalHandle | undefined = undefined;
  private disarmed = false;

  /** An `AbortSignal` for user code; made when first read. */
  get signal(): AbortSignal {
    let handle = this.handle;
    if (handle === undefined) {
      handle = this.handle = new SignalHandle();
      if (this.aborted) handle.abort(this.reason);
    }
    return handle.signal;
  }

  /** Cancels it: once, later calls change nothing. */
  cancel(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    this.unwatch();
    this.tell(reason);
    if (this.handle !== undefined) this.handle.cancel(reason);
  }

  override cancelled(reason: unknown): void {
    this.cancel(reason);
  }

  override disarm(): void {
    this.disarmed = true;
    super.disarm();
  }

  /**
   * The call is over. After a `disarm()` a body may still stream, so the caller's signal stays
   * linked to the signal that was handed out, for as long as somebody holds that.
   */
  protected close(): void {
    const outer = this.watching;
    if (outer === undefined) return;
    const linked = this.disarmed ? this.handle : undefined;
    const root = linked === undefined ? undefined : rootOf(outer);
    this.unwatch();
    if (root !== undefined) linkWeakly(root, linked!);
  }
}

/**
 * A scope in which some part of a call runs that is no attempt, such as a fallback: so that the
 * signal which that is given is the call's own, and is let go of at its end.
 */
export class SideScope extends InnerScope {
  constructor(outer: Scope) {
    super();
    if (outer.aborted) this.cancel(outer.reason);
    else this.watch(outer);
  }

  end(): void {
    this.close();
  }
}

/**
 * A caller's signal as one call sees it: a cancellation comes into the call here, out of another
 * context. Policies take most of them without a word, but that of a timeout further out is a failure
 * that they tell of: it goes on in a reaction that the call registered.
 */
class CallScope extends Scope {
  private readonly caller: Scope;
  private wake: (() => void) | undefined = undefined;

  constructor(caller: Scope) {
    super();
    this.caller = caller;
  }

  get aborted(): boolean {
    return this.caller.aborted;
  }

  get reason(): unknown {
    return this.caller.reason;
  }

  override occupied(): void {
    this.wake ??= reaction(() => {
      this.heed();
    });
    this.watch(this.caller);
  }

  override vacated(): void {
    this.unwatch();
  }

  override cancelled(reason: unknown): void {
    if (isTimeoutItself(reason)) {
      this.pending = true;
      this.wake!();
    } else this.tell(reason);
  }

  override heed(): void {
    this.pending = false;
    this.tell(this.reason);
  }
}

/** The scope of one call that was given a signal. */
export function callScope(signal: AbortSignal): Scope {
  return new CallScope(callerScope(signal));
}

const handleOf = Symbol('handle');

/** A signal that was handed out: it shows the abort at once, its event follows. */
class HandedSignal extends AbortSignal {
  declare [handleOf]: SignalHandle;

  override get aborted(): boolean {
    return this[handleOf].aborted;
  }

  override get reason(): unknown {
    return this[handleOf].reason;
  }

  override throwIfAborted(): void {
    if (this.aborted) throw this.reason;
  }
}

/** What aborts a signal that was handed out: in the context of whoever read it first. */
class SignalHandle {
  aborted = false;
  reason: unknown = undefined;
  readonly #controller = new AbortController();
  readonly #dispatch = reaction(() => {
    this.#abortNow();
  });

  constructor() {
    const signal = Object.setPrototypeOf(this.signal, HandedSignal.prototype) as HandedSignal;
    // So that it lives as long as the signal does, which user code holds.
    signal[handleOf] = this;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Aborts the signal; its listeners hear of it in the next microtask. */
  cancel(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    this.#dispatch();
  }

  /** Aborts the signal that nobody can listen to yet. */
  abort(reason: unknown): void {
    this.aborted = true;
    this.reason = reason;
    this.#abortNow();
  }

  #abortNow(): void {
    // Hosts ask the signal itself whether it was aborted before; from now on it knows that by itself.
    Object.setPrototypeOf(this.signal, AbortSignal.prototype);
    this.#controller.abort(this.reason);
  }
}

/** Aborts a signal that it doesn't keep alive. */
class WeakLink extends Watcher {
  readonly #handle: WeakRef<SignalHandle>;

  constructor(handle: SignalHandle) {
    super();
    this.#handle = new WeakRef(handle);
  }

  override cancelled(reason: unknown): void {
    this.#handle.deref()?.cancel(reason);
  }
}

let abandonedLinks: FinalizationRegistry<WeakLink> | undefined;

function linkWeakly(root: Scope, handle: SignalHandle): void {
  if (root.aborted || typeof WeakRef !== 'function') return;
  const link = new WeakLink(handle);
  link.watch(root);
  abandonedLinks ??= new FinalizationRegistry((unused) => {
    unused.unwatch();
  });
  abandonedLinks.register(handle.signal, link);
}

function rootOf(scope: Scope): Scope | undefined {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.watching) {
    if (at instanceof CallerScope) return at;
  }
  return undefined;
}
