import { InnerScope } from './scope.ts';
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
    this.listen();
    return super.signal;
  }

  override occupied(): void {
    this.listen();
  }

  override disarm(): void {
    this.listen();
    super.disarm();
  }

  listen(): void {
    if (this.scope === undefined || this.over || this.watching !== undefined) return;
    if (!this.look()) this.watch(this.scope);
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
    if (this.isAborted) return true;
    if (this.scope?.aborted !== true) return false;
    if (this.watching === undefined) this.cancelled(this.scope.reason);
    else if (this.watching.pending) this.watching.applyPending();
    return this.isAborted;
  }
}
