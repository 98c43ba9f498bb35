import { invalid } from '@highway/resilience/options';
import { HttpStatusError } from '../errors.ts';
import { waitAskedBy } from '../headers/retry-after.ts';
import { judgeOutcome } from '../outcomes/judge.ts';
import type { AttemptOutcome, Verdict } from '../outcomes/judge.ts';
import type { Exchange, Kept } from './exchange.ts';
import type { ClassifiedOutcome } from './options.ts';
import type { EngineRules } from './read-options.ts';

/** An answer that is no success, as it travels through the policies. */
export class AnswerError<Answer> extends HttpStatusError<Answer> {
  readonly #call: unknown;

  constructor(call: Call<Answer>, answer: Answer, status: number, retryAfter: number | undefined) {
    super(answer, status, retryAfter);
    this.#call = call;
    HttpStatusError.releaseWith(this, () => {
      call.setAside(this);
    });
  }

  /** Whether an error is an answer of this call, and not of a client inside it. */
  static isOf<Answer>(error: unknown, call: Call<Answer>): error is AnswerError<Answer> {
    return error instanceof AnswerError && error.#call === call;
  }
}

/** What a call does when no better outcome comes. */
export interface LastOutcome<Answer> {
  readonly error: unknown;
  /** If it was an answer that was set aside. */
  kept: Kept<Answer> | undefined;
}

/** The outcomes of one call: what each means, and the one to give the caller if nothing better comes. */
export class Call<Answer> {
  readonly exchange: Exchange<Answer>;
  readonly key: string;
  readonly startedAt: number;
  /** What the caller aborts with. */
  readonly signal: AbortSignal | null | undefined;
  /** Whether to tell the server how much time is left. */
  readonly tellsDeadline: boolean;
  attempts = 0;
  /** How many attempts are running. */
  running = 0;
  /** The outcome after which the latest attempt started. */
  last: LastOutcome<Answer> | undefined = undefined;
  readonly #rules: EngineRules<Answer>;
  /** What each error means that has been judged: once, although several policies ask. */
  #verdicts: Map<unknown, Verdict> | undefined = undefined;
  #wasTooEarly = false;

  constructor(
    exchange: Exchange<Answer>,
    rules: EngineRules<Answer>,
    start: Pick<Call<Answer>, 'key' | 'startedAt' | 'tellsDeadline' | 'signal'>,
  ) {
    this.exchange = exchange;
    this.key = start.key;
    this.startedAt = start.startedAt;
    this.tellsDeadline = start.tellsDeadline;
    this.signal = start.signal;
    this.#rules = rules;
  }

  /** How long the server asks to wait, for an answer with this status. */
  waitAskedBy(answer: Answer, status: number, wallNow: number): number | undefined {
    return waitAskedBy(status, this.exchange.headers(answer), wallNow);
  }

  /** Judges an answer. Returns `undefined` if it is a success, as nearly all are. */
  judgeAnswer(answer: Answer, status: number): Verdict | undefined {
    const { classify, retry } = this.#rules;
    const isPlain = status < 400 && classify === undefined && retry?.statuses === undefined;
    if (isPlain) return undefined;
    const verdict = this.#judge({ status }, { response: answer });
    if (status === 425) this.#wasTooEarly = true;
    return verdict.breaker === 'success' && !verdict.retry ? undefined : verdict;
  }

  /** Makes the error of an answer that is no success. */
  errorOf(answer: Answer, status: number, retryAfter: number | undefined): AnswerError<Answer> {
    return new AnswerError(this, answer, status, retryAfter);
  }

  /** Fixes what an error means. */
  note(error: unknown, verdict: Verdict): void {
    (this.#verdicts ??= new Map()).set(error, verdict);
  }

  /** An error comes from the caller's own code: it says nothing about the server. */
  noteOwn(error: unknown): void {
    this.note(error, { kind: 'invalidRequest', retry: false, breaker: 'ignore' });
  }

  /** What an error means that an attempt ended with. */
  verdictOf(error: unknown): Verdict {
    const known = this.#verdicts?.get(error);
    if (known !== undefined) return known;
    const verdict = this.#judge({ error }, { error });
    this.note(error, verdict);
    return verdict;
  }

  /** Another attempt follows an attempt that ended with this error. */
  goesOnAfter(error: unknown): void {
    if (this.last?.error === error) return;
    this.last = { error, kept: undefined };
  }

  /** Frees the connection of an answer, because another attempt follows. */
  setAside(error: AnswerError<Answer>): void {
    const kept = this.exchange.setAside(error.response);
    if (this.last?.error === error) this.last.kept = kept;
  }

  #judge(outcome: AttemptOutcome, given: ClassifiedOutcome<Answer>): Verdict {
    const { exchange } = this;
    const { retry } = this.#rules;
    const verdict = judgeOutcome(outcome, exchange.request, {
      statuses: retry?.statuses,
      methods: retry?.methods,
      wasTooEarly: this.#wasTooEarly,
    });
    const classified = this.#classify(given);
    const judged = classified === undefined ? verdict : { ...verdict, ...classified };
    return judged.retry && !exchange.replayable ? { ...judged, retry: false } : judged;
  }

  #classify(outcome: ClassifiedOutcome<Answer>): Omit<Verdict, 'kind'> | undefined {
    const answer: unknown = this.#rules.classify?.(outcome, this.exchange.request);
    switch (answer) {
      case undefined:
        return undefined;
      case 'success':
      case 'failure':
      case 'ignore':
        return { retry: false, breaker: answer };
      case 'retry':
        return { retry: true, breaker: 'failure' };
      default:
        return invalid(
          'classify',
          answer,
          "a function that returns 'success', 'failure', 'retry', 'ignore' or undefined",
        );
    }
  }
}
