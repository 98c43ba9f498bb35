import { InnerScope, isUserReading, whileUserReads } from './scope.ts';
import type { Scope } from './scope.ts';

const nextTurn = Promise.resolve();

/**
 * The scope of an attempt that an outer scope can cancel.
 *
 * Listening to a caller's signal costs more than all the rest of a short call. So an attempt listens only if it
 * is still running two microtask turns after its function was called, which is before any timer or I/O. Until
 * then, it checks the outer scope when its function ends, and whenever `aborted` is read. It listens at once if
 * its signal is read, if it is watched, if it has to wait, or if a gate calls `listen`.
 */
export abstract class LateScope extends InnerScope {
  /** What can cancel the call from outside. */
  readonly scope: Scope | undefined;
  /** Whether the outcome is known. */
  protected over = false;
  /** Whether one turn is over. */
  declare private late: boolean;
  static {
    this.prototype.late = false;
  }

  constructor(scope: Scope | undefined) {
    super();
    this.scope = scope;
  }

  override get aborted(): boolean {
    return this.isAborted || (!this.over && this.scope?.aborted === true);
  }

  override get reason(): unknown {
    return this.abortReason ?? this.scope?.reason;
  }

  override get signal(): AbortSignal {
    // User code may read it in another async context than that of the call.
    whileUserReads(() => {
      this.listen();
    });
    return super.signal;
  }

  override occupied(): void {
    this.listen();
  }

  override disarm(): void {
    whileUserReads(() => {
      this.listen();
    });
    super.disarm();
  }

  override arm(): void {
    this.scope?.arm();
  }

  protected override get outer(): Scope | undefined {
    return this.over || this.isAborted ? undefined : this.scope;
  }

  listen(): void {
    const { scope } = this;
    if (scope === undefined || this.over) return;
    if (this.watching === undefined && !scope.aborted) this.watch(scope);
    if (isUserReading()) return;
    // Applies an abort that came earlier, and one that user code noticed first.
    this.look();
    scope.arm();
  }

  /** Listens in a reaction of its own, so that a cancellation takes effect in the async context of the call. */
  protected listenSoon(): void {
    void nextTurn.then(() => {
      if (this.late) this.listen();
      else if (!this.over) {
        this.late = true;
        this.listenSoon();
      }
    });
  }

  /** Applies a cancellation that it has not been notified of. Returns whether it is cancelled. */
  protected look(): boolean {
    const { scope, watching } = this;
    if (watching !== undefined) {
      if (watching.pending) watching.applyPending();
    } else if (!this.isAborted && scope?.aborted === true) this.cancelled(scope.reason);
    return this.isAborted;
  }
}
