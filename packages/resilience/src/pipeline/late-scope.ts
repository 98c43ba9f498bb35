import { InnerScope, isUserReading, whileUserReads } from './scope.ts';
import type { Scope } from './scope.ts';

const nextTurn = Promise.resolve();

/**
 * The scope of an attempt, which a scope around it can cancel.
 *
 * To listen to a caller's signal costs more than all the rest of a call that ends soon. So the attempt listens
 * only if it still runs two microtask turns after its function was called, which is before any timer or I/O.
 * Until then it looks at the scope around it when its function ends, and when anybody asks. It listens at once
 * if somebody reads its signal or watches it, if it has to wait, or if a gate asks for it.
 */
export abstract class LateScope extends InnerScope {
  /** What can cancel the call from outside. */
  readonly scope: Scope | undefined;
  /** Whether the outcome is known. */
  protected over = false;
  declare private secondTurn: boolean;
  static {
    this.prototype.secondTurn = false;
  }

  constructor(scope: Scope | undefined) {
    super();
    this.scope = scope;
  }

  override get aborted(): boolean {
    return this.isAborted || (!this.over && this.scope?.aborted === true);
  }

  override get reason(): unknown {
    return this.isAborted ? this.abortReason : this.scope?.reason;
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

  listen(): void {
    const { scope } = this;
    if (scope === undefined || this.over) return;
    if (this.watching === undefined && !scope.aborted) this.watch(scope);
    if (isUserReading()) return;
    // What came before, and what a user's read left to do in the context of the call.
    this.look();
    scope.arm();
  }

  /** In reactions of its own, so that a cancellation takes effect in the async context of the call. */
  protected listenSoon(): void {
    void nextTurn.then(() => {
      if (this.over) return;
      if (this.secondTurn) this.listen();
      else {
        this.secondTurn = true;
        this.listenSoon();
      }
    });
  }

  /** Takes notice of a cancellation that it has not heard of; returns whether it is cancelled. */
  protected look(): boolean {
    const { scope, watching } = this;
    if (watching !== undefined) {
      if (watching.pending) watching.applyPending();
    } else if (!this.isAborted && scope?.aborted === true) this.cancelled(scope.reason);
    return this.isAborted;
  }
}
