/**
 * Cancellation: a tree of scopes, from the caller's signal at its root down to one attempt.
 *
 * A scope is cheap until somebody reads its `signal`: watchers are nodes of an intrusive list, so
 * that watching costs no closure and no listener. Only the root listens to a real `AbortSignal`,
 * once for all the calls that share it, and only while one of them is under way.
 */

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
  /** An `AbortSignal` for user code; made when first read. */
  abstract get signal(): AbortSignal;

  /** The first watcher came. */
  occupied(): void {
    // Only the root has something to do.
  }

  /** The last watcher went. */
  vacated(): void {
    // Only the root has something to do.
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
  private controller: AbortController | undefined = undefined;
  private disarmed = false;

  get signal(): AbortSignal {
    let controller = this.controller;
    if (controller === undefined) {
      controller = this.controller = new AbortController();
      if (this.aborted) controller.abort(this.reason);
    }
    return controller.signal;
  }

  /** Cancels it: once, later calls change nothing. */
  cancel(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    this.unwatch();
    this.tell(reason);
    if (this.controller !== undefined) this.controller.abort(reason);
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
    this.unwatch();
    if (this.disarmed && this.controller !== undefined) linkWeakly(outer, this.controller);
  }
}

/** Aborts a controller that it doesn't keep alive. */
class WeakLink extends Watcher {
  readonly #controller: WeakRef<AbortController>;

  constructor(controller: AbortController) {
    super();
    this.#controller = new WeakRef(controller);
  }

  override cancelled(reason: unknown): void {
    this.#controller.deref()?.abort(reason);
  }
}

let abandonedLinks: FinalizationRegistry<WeakLink> | undefined;

function linkWeakly(outer: Scope, controller: AbortController): void {
  const root = rootOf(outer);
  if (root === undefined || root.aborted || typeof WeakRef !== 'function') return;
  const link = new WeakLink(controller);
  link.watch(root);
  abandonedLinks ??= new FinalizationRegistry((unused) => {
    unused.unwatch();
  });
  // The signal is what user code holds; the controller lives as long as its signal's map entry.
  abandonedLinks.register(controller.signal, link);
  controllers.set(controller.signal, controller);
}

// A signal doesn't keep its controller alive, and the weak link holds the controller.
const controllers = new WeakMap<AbortSignal, AbortController>();

function rootOf(scope: Scope): Scope | undefined {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.watching) {
    if (at instanceof CallerScope) return at;
  }
  return undefined;
}
