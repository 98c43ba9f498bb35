import { InnerScope } from '../../pipeline/scope.ts';

/** What an attempt runs in. */
export interface HedgedCall {
  /** The scope around an attempt was cancelled. */
  cancelled(reason: unknown): void;
}

/** One attempt: what runs inside it is cancelled through it. */
export class HedgeAttempt extends InnerScope {
  readonly attempt: number;
  /** The attempt that was started before this one. */
  readonly before: HedgeAttempt | undefined;
  /** It has settled, so there is nothing to abort. */
  ended = false;
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
}
