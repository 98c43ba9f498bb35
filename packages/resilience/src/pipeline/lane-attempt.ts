import type { Call } from './call.ts';
import type { GateRun, Lane, Reactor, Rerun } from './stage.ts';
import { InnerScope } from './scope.ts';
import type { Scope } from './scope.ts';

const nextTurn = Promise.resolve();

/**
 * An attempt that can be cancelled from outside, whose gates all admitted it through their lanes.
 *
 * To listen to a signal costs more than the rest of such a call, and most calls that cost little end before
 * anyone could abort them. So the attempt listens only if it still runs two microtask turns later, which is
 * before any timer or I/O. Until then it looks at the scope around it when it ends, and whenever anybody
 * asks. Whoever reads its signal or watches it makes it listen at once.
 *
 * Its members are private to the compiler only: see `Attempt`.
 */
export class LaneAttempt extends InnerScope implements Rerun {
  readonly attempt: number;
  readonly scope: Scope;
  stamp = 0;
  private readonly segment: GateRun;
  private readonly call: Call;
  /** Where the function's end must still be recorded. */
  private lane: Lane | undefined = undefined;
  private over = false;
  private isYoung = true;

  constructor(segment: GateRun, call: Call, scope: Scope, attempt: number) {
    super();
    this.segment = segment;
    this.call = call;
    this.scope = scope;
    this.attempt = attempt;
  }

  /** Runs the attempt, which the lane has admitted; never throws. */
  run(lane: Lane, reactor: Reactor | undefined): Promise<unknown> {
    this.lane = lane;
    if (reactor !== undefined) this.stamp = reactor.begin();
    const answer = this.segment.inner.run(this.call, this, this.attempt).then(
      (value) => {
        const result = this.settle(false, value);
        return reactor?.judgesValues === true ? reactor.afterValue(result, this) : result;
      },
      (error: unknown) => {
        const result = this.settle(true, error);
        if (reactor === undefined) throw result;
        return reactor.afterError(result, this);
      },
    );
    this.listenSoon();
    return answer;
  }

  override get aborted(): boolean {
    return this.isAborted || (!this.over && this.scope.aborted);
  }

  override get reason(): unknown {
    return this.isAborted ? this.abortReason : this.aborted ? this.scope.reason : undefined;
  }

  override get signal(): AbortSignal {
    this.listen();
    return super.signal;
  }

  get callId(): number {
    return this.call.callId;
  }

  again(attempt: number): Promise<unknown> {
    return this.segment.once(this.call, this.scope, attempt);
  }

  override occupied(): void {
    this.listen();
  }

  override disarm(): void {
    this.listen();
    super.disarm();
  }

  override cancelled(reason: unknown): void {
    this.lane = this.lane?.abandoned(reason);
    this.cancel(reason);
  }

  /** In reactions of its own, so that what a cancellation does is done in the call's async context. */
  private listenSoon(): void {
    void nextTurn.then(() => {
      if (!this.isYoung) this.listen();
      else if (!this.over) {
        this.isYoung = false;
        this.listenSoon();
      }
    });
  }

  private listen(): void {
    if (this.over || this.isAborted || this.watching !== undefined) return;
    if (this.scope.aborted) this.cancelled(this.scope.reason);
    else this.watch(this.scope);
  }

  /** Records the end of the function, innermost gate first. Returns the result. */
  private settle(failed: boolean, result: unknown): unknown {
    let settled = result;
    do {
      // The second time, a listener or a predicate may have aborted the call.
      if (!this.isAborted && this.scope.aborted) this.cancelled(this.scope.reason);
      const { lane } = this;
      if (lane === undefined) break;
      const { inner = lane, outer } = lane;
      this.lane = outer;
      settled = failed ? inner.failed(settled) : inner.value(settled);
    } while (this.lane !== undefined);
    this.over = true;
    this.close();
    return settled;
  }
}
