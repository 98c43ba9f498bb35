/** What one attempt does: how long it takes, and how it ends. */
export interface Attempt {
  readonly ending: 'success' | 'bad value' | 'failure' | 'fatal';
  readonly takes: number;
  /** The wait that a failure asks for. */
  readonly retryAfter: number | undefined;
}

/** One call: what its attempts do (the last again and again), and when its caller goes away. */
export interface Script {
  /** The time since the call before. */
  readonly pause: number;
  readonly attempts: readonly Attempt[];
  /** Since the beginning of the call; never at the same time as anything else. */
  readonly abortAt: number | undefined;
}

/** What a retry is configured with. */
export interface RetryModelRules {
  readonly maxRetries: number;
  readonly minDelay: number;
  readonly maxDelay: number;
  readonly factor: number;
  readonly maxDuration: number | undefined;
  readonly judgesValues: boolean;
  readonly budget: { readonly ratio: number; readonly minPerSecond: number } | undefined;
}

/** How a call must end: with the last attempt's own outcome, or with what a policy or caller says. */
export type End = 'outcome' | 'retries exceeded' | 'abort reason';

/** What must be seen of a call. */
export interface Expected {
  readonly calls: number;
  readonly delays: number[];
  readonly end: End;
  /** When the caller hears of it. */
  readonly at: number;
}

/**
 * What a retry promises, followed step by step along a time line. Calls come one after the other,
 * all within the window of the budget.
 */
export class RetryModel {
  readonly #rules: RetryModelRules;
  readonly #windowMs: number;
  #calls = 0;
  #retries = 0;

  constructor(rules: RetryModelRules, windowMs: number) {
    this.#rules = rules;
    this.#windowMs = windowMs;
  }

  run({ attempts, abortAt = Infinity }: Script, start: number): Expected {
    const abort = start + abortAt;
    const delays: number[] = [];
    if (abortAt === 0) return { calls: 0, delays, end: 'abort reason', at: start };
    this.#calls++;
    let now = start;
    for (let number = 1; ; number++) {
      const attempt = attempts[Math.min(number, attempts.length) - 1]!;
      now += attempt.takes;
      const again = now < abort && this.#isWorthMore(attempt);
      const delay = this.#delay(number, attempt);
      const why = again ? this.#giveUp(number, now + delay - start) : 'outcome';
      if (why !== undefined) {
        // A value that is a failure is returned when nothing more can be done.
        const end = attempt.ending === 'failure' ? why : 'outcome';
        return { calls: number, delays, end, at: now };
      }
      this.#retries++;
      delays.push(delay);
      now += delay;
      if (now > abort) return { calls: number, delays, end: 'abort reason', at: abort };
    }
  }

  #isWorthMore({ ending }: Attempt): boolean {
    return ending === 'failure' || (ending === 'bad value' && this.#rules.judgesValues);
  }

  /** Why there is no further attempt; `undefined` where there is one. */
  #giveUp(number: number, nextBegins: number): End | undefined {
    const { maxRetries, maxDuration = Infinity, budget } = this.#rules;
    if (number > maxRetries || nextBegins > maxDuration) return 'retries exceeded';
    if (budget === undefined) return undefined;
    const allowed = budget.ratio * this.#calls + (budget.minPerSecond * this.#windowMs) / 1000;
    return this.#retries + 1 > allowed ? 'outcome' : undefined;
  }

  #delay(number: number, { ending, retryAfter = 0 }: Attempt): number {
    const { minDelay, maxDelay, factor } = this.#rules;
    let delay = minDelay;
    for (let i = 1; i < number; i++) delay = Math.min(delay * factor, maxDelay);
    return Math.max(delay, ending === 'failure' ? retryAfter : 0);
  }
}
