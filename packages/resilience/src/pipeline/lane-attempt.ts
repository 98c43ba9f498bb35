import type { Call } from './call.ts';
import { LateScope } from './late-scope.ts';
import type { Scope } from './scope.ts';
import type { GateRun, Lane, Reactor, Rerun } from './stage.ts';

/**
 * An attempt that can be cancelled from outside, whose gates all admitted it through their lanes.
 *
 * Its members are private to the compiler only: see `Attempt`.
 */
export class LaneAttempt extends LateScope implements Rerun {
  readonly attempt: number;
  stamp = 0;
  private readonly segment: GateRun;
  private readonly call: Call;
  /** Where the function's end must still be recorded. */
  private lane: Lane | undefined = undefined;

  constructor(segment: GateRun, call: Call, scope: Scope, attempt: number) {
    super(scope);
    this.segment = segment;
    this.call = call;
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

  get callId(): number {
    return this.call.callId;
  }

  get data(): unknown {
    return this.call.data;
  }

  again(attempt: number): Promise<unknown> {
    return this.segment.once(this.call, this.scope, attempt);
  }

  override cancelled(reason: unknown): void {
    this.lane = this.lane?.abandoned(reason);
    this.cancel(reason);
  }

  /** Records the end of the function, innermost gate first. Returns the result. */
  private settle(failed: boolean, result: unknown): unknown {
    let settled = result;
    do {
      // From the second time on, because a listener or a predicate may have aborted the call.
      this.look();
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
