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
  /** For how many reasons the timeouts around are off: by its own `disarm()`, and for scopes inside it. */
  declare protected holds: number;
  static {
    this.prototype.first = this.prototype.last = undefined;
    this.prototype.holds = 0;
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
    this.hold(1);
  }

  /**
   * The outcome of what has run inside is discarded, and something else follows: timeouts that were switched off
   * for it go on with their deadlines. Returns true if one has expired: the scope is cancelled in the next microtask.
   */
  rearm(): boolean {
    return this.holds > 0 && this.hold(-this.holds);
  }

  /** Changes the number of reasons for which the timeouts around are off. Returns as `rearm` does. */
  hold(by: number): boolean {
    const before = this.holds;
    this.holds = before + by;
    return before > 0 === this.holds > 0 ? false : this.switched(this.holds > 0);
  }

  /** What is around it, as long as it is part of that. */
  protected get outer(): Scope | undefined {
    return this.watching;
  }

  /** Switches the timeouts around off or on. Returns as `rearm` does. */
  protected switched(off: boolean): boolean {
    return this.outer?.hold(off ? 1 : -1) === true;
  }
}
