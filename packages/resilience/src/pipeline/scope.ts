/**
 * Cancellation: a tree of scopes, from the caller's signal at the root down to a single attempt.
 *
 * A scope is cheap until somebody reads its `signal`. Watchers are nodes of an intrusive list, so watching
 * needs no closure and no listener. Only the root listens to a real `AbortSignal`: once for all calls that
 * share it, and only while one of them watches it.
 *
 * An abort happens in another async context than that of the call. So what a cancellation does at once must
 * not run user code: it returns slots, leaves queues, and marks signals as aborted. A signal dispatches its
 * event in a reaction that was registered when the signal was first read, in the context of whoever read
 * it. An attempt ends in a reaction of its own.
 */
import { isTimeoutItself } from '../errors.ts';
import { look } from '../support/foreign.ts';
import { reaction } from './reaction.ts';
import { Scope, Watcher } from './watcher.ts';

export { Scope, Watcher };

/** A scope that is cancelled by a caller's signal. */
abstract class SignalScope extends Scope {
  readonly signal: AbortSignal;

  constructor(signal: AbortSignal) {
    super();
    this.signal = signal;
  }

  get aborted(): boolean {
    return look(this.signal, 'aborted') === true;
  }

  get reason(): unknown {
    return look(this.signal, 'reason');
  }
}

/** The root: a caller's own signal, shared by all calls that use it. */
class CallerScope extends SignalScope {
  // The scope itself is the listener, which saves a closure for each signal.
  handleEvent(): void {
    this.notify(this.reason);
  }

  override occupied(): void {
    try {
      this.signal.addEventListener('abort', this);
    } catch {
      // A signal that was fine at the start of the call: it can't cancel it any more.
    }
  }

  override hold(): boolean {
    // There are no timeouts around a caller's own signal.
    return false;
  }

  override vacated(): void {
    try {
      this.signal.removeEventListener('abort', this);
    } catch {
      // As above.
    }
  }

  override cancelled(): void {
    // A root watches no other scope.
  }
}

const callerScopes = new WeakMap<AbortSignal, CallerScope>();

/**
 * The scope of a caller's signal, shared by all calls that use it. A signal that a policy gave to user code
 * has its scope already, which is cancelled together with the policy's own attempt.
 */
export function callerScope(signal: AbortSignal): Scope {
  const handle = look(signal, handleOf);
  if (handle instanceof SignalHandle) return handle;
  let scope = callerScopes.get(signal);
  if (scope === undefined) {
    scope = new CallerScope(signal);
    callerScopes.set(signal, scope);
  }
  return scope;
}

/** A scope inside another one: cancelled with that one, or by the policy that made it. */
export class InnerScope extends Scope {
  declare protected isAborted: boolean;
  declare protected abortReason: unknown;
  declare private handle: SignalHandle | undefined;
  static {
    this.prototype.isAborted = false;
    this.prototype.abortReason = this.prototype.handle = undefined;
  }

  get aborted(): boolean {
    return this.isAborted;
  }

  get reason(): unknown {
    return this.abortReason;
  }

  /** The `AbortSignal` for user code; created when it is first read. */
  get signal(): AbortSignal {
    let handle = this.handle;
    if (handle === undefined) {
      handle = this.handle = new SignalHandle(this);
      if (this.aborted) handle.abort(this.reason);
    }
    return handle.signal;
  }

  /** Cancels the scope. Later calls change nothing. */
  cancel(reason: unknown): void {
    if (this.isAborted) return;
    this.isAborted = true;
    this.abortReason = reason;
    this.unwatch();
    this.notify(reason);
    this.handle?.cancelled(reason);
  }

  override cancelled(reason: unknown): void {
    this.cancel(reason);
  }

  /**
   * Ends the scope with its call. After a `disarm()` a body may still be streaming, so the caller's signal
   * stays linked to the signal that user code has, for as long as somebody holds that signal.
   */
  protected close(): void {
    const outer = this.watching;
    if (this.handle !== undefined) this.handle.owner = undefined;
    if (outer === undefined) return;
    const linked = this.holds > 0 ? this.handle : undefined;
    const root = linked === undefined ? undefined : rootOf(outer);
    this.unwatch();
    if (root?.aborted === false) linked!.follow([root]);
  }
}

/**
 * The scope of user code that is not an attempt, such as a fallback: it gets a signal of its own, which is
 * unlinked from the caller's when that code ends.
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
 * A caller's signal as one call sees it. A cancellation comes from another async context. Policies emit no
 * events for most of them, so these are applied at once. But the timeout of a policy further out is a
 * failure that they emit events for, so it is applied in a reaction that the call registered.
 */
class CallScope extends SignalScope {
  declare private wake: (() => void) | undefined;
  declare private waits: boolean;
  static {
    this.prototype.wake = undefined;
    this.prototype.waits = false;
  }

  override get pending(): boolean {
    return this.waits;
  }

  override occupied(): void {
    this.watch(callerScope(this.signal));
    if (!isUserReading()) this.arm();
  }

  override arm(): void {
    if (!this.first || this.wake) return;
    this.wake = reaction(() => {
      this.applyPending();
    });
    if (this.waits) this.wake();
  }

  override vacated(): void {
    this.unwatch();
  }

  override cancelled(reason: unknown): void {
    if (isTimeoutItself(reason)) {
      this.waits = true;
      this.wake?.();
    } else this.notify(reason);
  }

  override applyPending(): void {
    this.waits = false;
    this.notify(this.reason);
  }

  protected override get outer(): Scope {
    return callerScope(this.signal);
  }
}

let userReads = 0;

/** Whether user code makes an attempt watch now, maybe in another async context than that of the call. */
export function isUserReading(): boolean {
  return userReads > 0;
}

/** Runs `watch` on behalf of user code. */
export function whileUserReads(watch: () => void): void {
  userReads++;
  try {
    watch();
  } finally {
    userReads--;
  }
}

/** The scope of one call with a signal. */
export function callScope(signal: AbortSignal): Scope {
  return new CallScope(signal);
}

const handleOf = Symbol('handle');

/** The signal that user code gets: it is aborted at once, and its event follows in a reaction. */
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

/** The handles whose watchers are being notified, the first of them now. */
const cancelled: SignalHandle[] = [];

/**
 * Aborts a signal that user code has, in the context of whoever read it first. It is also the scope of the
 * calls that get this signal as their caller's.
 */
export class SignalHandle extends Scope {
  aborted = false;
  reason: unknown = undefined;
  /** The attempt whose signal it is, if any, while that runs. */
  owner: Scope | undefined;
  /** The links to what it follows. They keep that alive as long as user code holds the signal. */
  declare private links: readonly WeakLink[];
  static {
    this.prototype.links = [];
  }
  readonly #controller = new AbortController();
  readonly #dispatch = reaction(() => {
    this.#abortNow();
  });

  constructor(owner?: Scope) {
    super();
    this.owner = owner;
    const signal = Object.setPrototypeOf(this.signal, HandedSignal.prototype) as HandedSignal;
    // Keeps the handle alive as long as user code holds the signal.
    signal[handleOf] = this;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Aborts the signal; its listeners run in the next microtask. */
  override cancelled(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    unlink(this.links);
    this.#dispatch();
    // One after the other, because calls in each other's functions would recurse as deep as they are nested.
    if (cancelled.push(this) > 1) return;
    try {
      for (const handle of cancelled) handle.notify(handle.reason);
    } finally {
      cancelled.length = 0;
    }
  }

  override hold(by: number): boolean {
    return this.owner?.hold(by) === true;
  }

  // A call that waits for nothing but this signal may be all that its caller has: then the links hold it.
  override occupied(): void {
    keep(this.links, this);
  }

  override vacated(): void {
    keep(this.links);
  }

  /**
   * Aborts the signal together with the first of these scopes, for as long as somebody holds the signal, or a call
   * watches it.
   */
  follow(scopes: Iterable<Scope>): void {
    const links = (this.links = Array.from(scopes, (scope) => new WeakLink(this, scope)));
    if (this.first) keep(links, this);
    if (typeof FinalizationRegistry !== 'function') return;
    (abandonedLinks ??= new FinalizationRegistry(unlink)).register(this.signal, links);
  }

  /** Aborts the signal before anybody can listen to it. */
  abort(reason: unknown): void {
    this.aborted = true;
    this.reason = reason;
    this.#abortNow();
  }

  #abortNow(): void {
    // The host checks whether the signal is aborted already, so the overridden getters must go first.
    Object.setPrototypeOf(this.signal, AbortSignal.prototype);
    this.#controller.abort(this.reason);
  }
}

/** Aborts a signal together with a scope, without keeping it alive for that. */
class WeakLink extends Watcher {
  /** Keeps the signal alive while a call watches it. */
  declare kept: SignalHandle | undefined;
  private readonly handle: Pick<WeakRef<SignalHandle>, 'deref'>;

  constructor(handle: SignalHandle, scope: Scope) {
    super();
    // A host without weak references: better that the signal lives longer than that it does not abort.
    this.handle = typeof WeakRef === 'function' ? new WeakRef(handle) : { deref: () => handle };
    this.watch(scope);
  }

  override cancelled(reason: unknown): void {
    this.handle.deref()?.cancelled(reason);
  }
}

let abandonedLinks: FinalizationRegistry<readonly WeakLink[]> | undefined;

function keep(links: readonly WeakLink[], handle?: SignalHandle): void {
  for (const link of links) link.kept = handle;
}

function unlink(links: readonly WeakLink[]): void {
  for (const link of links) link.unwatch();
}

function rootOf(scope: Scope): Scope | undefined {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.watching) {
    if (at instanceof CallerScope || at instanceof SignalHandle) return at;
  }
  return undefined;
}
