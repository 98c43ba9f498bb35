/** Is notified when a scope is cancelled: a node in the scope's list. */
export abstract class Watcher {
  /** The watched scope, if any. */
  declare watching: Scope | undefined;
  declare private previous: Watcher | undefined;
  declare private next: Watcher | undefined;
  static {
    // On the prototype, here and below: most attempts are never cancelled, and each field costs every call.
    this.prototype.watching = this.prototype.previous = this.prototype.next = undefined;
  }

  /** Called when the watched scope was cancelled, after the watch has ended. */
  abstract cancelled(reason: unknown): void;

  /** Watches a scope, which must not be cancelled yet. A watcher watches one scope at a time. */
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

  /** Stops watching; does nothing if it watches no scope. */
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
  /** The watchers, in the order in which they are notified: the oldest first. */
  declare first: Watcher | undefined;
  declare last: Watcher | undefined;
  static {
    this.prototype.first = this.prototype.last = undefined;
  }

  abstract readonly aborted: boolean;
  /** Why it was cancelled; `undefined` until then. */
  abstract readonly reason: unknown;

  /** Whether a cancellation waits for its reaction. `applyPending` applies it at once. */
  get pending(): boolean {
    return false;
  }

  /** Called when the first watcher arrives. */
  occupied(): void {
    // Most scopes do nothing here.
  }

  /** Called when the last watcher has left. */
  vacated(): void {
    // Most scopes do nothing here.
  }

  /** Applies a pending cancellation. Call it in the context of the call. */
  applyPending(): void {
    // Only the scope of a call has pending cancellations.
  }

  /** From now on, applies pending cancellations by itself. Call it in the context of the call. */
  arm(): void {
    // Only the scope of a call has pending cancellations.
  }

  protected notify(reason: unknown): void {
    for (let watcher = this.first; watcher !== undefined; watcher = this.first) {
      watcher.unwatch();
      watcher.cancelled(reason);
    }
  }

  /** Switches off the timeouts around; the caller's signal stays linked. */
  disarm(): void {
    const outer = this.watching;
    if (outer !== undefined) outer.disarm();
  }
}
