import { InnerScope } from '../../pipeline/scope.ts';
import type { Scope } from '../../pipeline/scope.ts';

/** The call of a hedge attempt. */
export interface HedgedCall {
  /** Called when the scope around an attempt was cancelled. */
  cancelled(reason: unknown): void;
}

/** One attempt of a hedged call: the scope of what runs inside it. */
export class HedgeAttempt extends InnerScope {
  readonly attempt: number;
  /** The attempt that was started before this one. */
  readonly before: HedgeAttempt | undefined;
  /** Whether it has settled, so that there is nothing to abort. */
  ended = false;
  /** Whether the race went on after it had failed, so that timeouts that it had switched off are on again. */
  #passed = false;
  readonly #call: HedgedCall;

  constructor(call: HedgedCall, attempt: number, before: HedgeAttempt | undefined) {
    super();
    this.#call = call;
    this.attempt = attempt;
    this.before = before;
  }

  override cancelled(reason: unknown): void {
    this.cancel(reason);
    this.#call.cancelled(reason);
  }

  end(): void {
    this.ended = true;
    this.close();
  }

  /** The race goes on without it, or ends with its outcome after all. Returns as `Scope.rearm` does. */
  pass(scope: Scope | undefined, passed: boolean): boolean {
    if (this.holds === 0 || this.#passed === passed) return false;
    this.#passed = passed;
    return scope?.hold(passed ? -1 : 1) === true;
  }
}
