import { InnerScope } from '../internal/scope.ts';

/** What an attempt runs in. */
export interface Contest {
  /** The scope around an attempt was cancelled. */
  cancelled(reason: unknown): void;
}

/** One attempt: what runs inside it is cancelled through it. */
export class Runner extends InnerScope {
  readonly attempt: number;
  /** The attempt that was started before this one. */
  readonly before: Runner | undefined;
  /** It has settled, so there is nothing to abort. */
  ended = false;
  readonly #contest: Contest;

  constructor(contest: Contest, attempt: number, before: Runner | undefined) {
    super();
    this.#contest = contest;
    this.attempt = attempt;
    this.before = before;
  }

  override cancelled(reason: unknown): void {
    this.cancel(reason);
    this.#contest.cancelled(reason);
  }

  end(): void {
    this.ended = true;
    this.close();
  }
}
