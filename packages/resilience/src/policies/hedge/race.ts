import { toMs } from '../../values/duration.ts';
import { noteEnd } from '../../values/retry-budget.ts';
import { isCutShort } from '../../errors.ts';
import type { Channel } from '../../events.ts';
import { contextOf } from '../../pipeline/call.ts';
import type { Call } from '../../pipeline/call.ts';
import { cancelledSoon } from '../../pipeline/cancelled.ts';
import type { Deadline, Deadlines } from '../../support/deadlines.ts';
import { discard } from '../../support/dispose.ts';
import { quietly } from '../../support/quietly.ts';
import type { Scope } from '../../pipeline/scope.ts';
import type { Plan } from '../../pipeline/stage.ts';
import { HedgeLostError } from './errors.ts';
import { afterFailure, judgeError, judgeValue } from './machine.ts';
import type { Verdict } from './machine.ts';
import type { HedgeRules } from './options.ts';
import { HedgeAttempt } from './hedge-attempt.ts';
import type { HedgedCall } from './hedge-attempt.ts';

/** What the calls of a hedge share. */
export interface HedgeParts {
  readonly rules: HedgeRules;
  readonly channel: Channel;
  readonly deadlines: Deadlines;
  readonly inner: Plan;
}

/** The outcome of an attempt. */
interface Ended {
  readonly hedged: HedgeAttempt;
  readonly failed: boolean;
  readonly result: unknown;
}

/**
 * One hedged call: its attempts, and the time at which the next one starts.
 *
 * While it is undecided, at least one attempt runs, and each attempt watches the caller's scope: the first
 * one that sees an abort ends the race. User code (predicates, the delay, listeners) may abort the call at
 * any moment. So an attempt stops watching only after the predicates have run, and the race checks after
 * each of them whether it is over.
 */
export class Race implements HedgedCall, Deadline {
  at = 0;
  index = -1;
  readonly #parts: HedgeParts;
  readonly #call: Call;
  /** The number of the first attempt. */
  readonly #first: number;
  #scope: Scope | undefined = undefined;
  /** Triggers the reaction in which the race continues: its outcome is known, or the delay is over. */
  #wake: (() => void) | undefined = undefined;
  /** When it started; `NaN` if nobody needs to know. */
  #startedAt = Number.NaN;
  #started = 0;
  #running = 0;
  #newest: HedgeAttempt | undefined = undefined;
  /** Whether the budget was spent, so that this call gets no further attempts. */
  #spent = false;
  #over = false;
  /** The outcome of the call. */
  #failed = false;
  #answer: unknown = undefined;
  /** The outcome of the first attempt, if it failed. */
  #firstFailure: Ended | undefined = undefined;

  constructor(parts: HedgeParts, call: Call, first: number) {
    this.#parts = parts;
    this.#call = call;
    this.#first = first;
  }

  /** Runs the call; the scope must not be cancelled. Never throws. */
  run(scope: Scope | undefined): Promise<unknown> {
    const { rules, channel } = this.#parts;
    this.#scope = scope;
    if (channel.active || rules.observe !== undefined) this.#startedAt = channel.clock.now();
    rules.budget?.noteCall();
    const answer = this.#wait();
    this.#start();
    return answer;
  }

  /** The delay has passed without a result. */
  expire(): void {
    this.#wake!();
  }

  /** The caller, or a policy further out, gave the call up. */
  cancelled(reason: unknown): void {
    if (!this.#over) this.#close(true, reason);
  }

  /** Waits for the outcome or the time of the next attempt, whichever comes first. */
  #wait(): Promise<unknown> {
    return new Promise<void>((resolve) => {
      this.#wake = resolve;
    }).then(() => this.#resume());
  }

  /** Continues in the context of the call. */
  #resume(): unknown {
    if (!this.#over) {
      const answer = this.#wait();
      if (this.#scope?.aborted !== true && this.#mayStart()) this.#start();
      return answer;
    }
    this.#discard(this.#firstFailure);
    if (this.#failed) throw this.#answer;
    return this.#answer;
  }

  /** Whether another attempt is allowed; takes it from the budget. */
  #mayStart(): boolean {
    const { maxHedges, budget } = this.#parts.rules;
    if (this.#spent || this.#started > maxHedges) return false;
    this.#spent = budget?.tryTake() === false;
    return !this.#spent;
  }

  /** Starts the next attempt, and those that follow it without a delay. */
  #start(): void {
    const { channel, deadlines } = this.#parts;
    deadlines.remove(this);
    let delayMs: number | undefined;
    do delayMs = this.#startOne();
    while (delayMs === 0 && this.#mayStart());
    if (delayMs === undefined || delayMs === 0) return;
    const now = channel.clock.now();
    this.at = now + delayMs;
    deadlines.add(this, now);
  }

  /** Starts one attempt. Returns the time until the next one in ms, or `undefined` if there is none. */
  #startOne(): number | undefined {
    const { channel } = this.#parts;
    const hedged = this.#enter();
    let delayMs: number | undefined;
    try {
      delayMs = this.#delayAfter(hedged);
    } catch (error) {
      this.#fail(hedged, error);
    }
    if (!this.#over && this.#started > 1 && channel.active) {
      channel.emit('hedge', { attempt: hedged.attempt }, this.#call);
    }
    if (!this.#over) this.#run(hedged);
    else this.#noteEnd(hedged);
    return this.#over ? undefined : delayMs;
  }

  #enter(): HedgeAttempt {
    const hedged = new HedgeAttempt(this, this.#first + this.#started, this.#newest);
    if (this.#scope !== undefined) hedged.watch(this.#scope);
    this.#newest = hedged;
    this.#started++;
    this.#running++;
    return hedged;
  }

  #delayAfter(hedged: HedgeAttempt): number | undefined {
    const { delay, maxHedges } = this.#parts.rules;
    if (this.#started > maxHedges) return undefined;
    if (typeof delay === 'number') return delay;
    return toMs('delay', delay(contextOf(hedged, hedged.attempt, this.#call.data)));
  }

  #run(hedged: HedgeAttempt): void {
    void this.#parts.inner.run(this.#call, hedged, hedged.attempt).then(
      (value) => {
        this.#ended({ hedged, failed: false, result: value });
      },
      (error: unknown) => {
        this.#ended({ hedged, failed: true, result: error });
      },
    );
  }

  /** Tells the budget that an attempt that was taken from it has ended, or does not start. */
  #noteEnd({ attempt }: HedgeAttempt): void {
    if (attempt !== this.#first) noteEnd(this.#parts.rules.budget);
  }

  #ended(ended: Ended): void {
    this.#noteEnd(ended.hedged);
    let verdict: Verdict | undefined;
    try {
      if (!this.#over) verdict = this.#judge(ended);
    } catch (error) {
      // A predicate threw: the caller gets its error, whatever the outcome of the attempt.
      this.#fail(ended.hedged, error);
    }
    // The call is over; a predicate may just have ended it.
    if (this.#over || verdict === undefined) this.#discard(ended);
    else if (verdict === 'won') this.#win(ended);
    else this.#lose(ended, verdict);
  }

  #judge({ hedged, failed, result }: Ended): Verdict {
    const judge = failed ? judgeError : judgeValue;
    return judge(this.#parts.rules, result, hedged.attempt, this.#call.data);
  }

  #win(ended: Ended): void {
    // One sample for each call. Those of winning first attempts alone would be too short, and the
    // delay would follow them down.
    if (this.#firstFailure === undefined) this.#observe(ended.hedged.attempt !== this.#first);
    this.#finish(ended);
  }

  /** Reports the latency of the first attempt to an adaptive delay; with `atLeast`, the time so far. */
  #observe(atLeast: boolean): void {
    const { rules, channel } = this.#parts;
    if (rules.observe === undefined) return;
    quietly(rules.observe, channel.clock.now() - this.#startedAt, atLeast);
  }

  #lose(ended: Ended, verdict: Exclude<Verdict, 'won'>): void {
    const { hedged } = ended;
    const isFirst = hedged.attempt === this.#first;
    if (isFirst) {
      this.#firstFailure = ended;
      if (ended.failed && isCutShort(ended.result)) this.#observe(true);
    }
    hedged.end();
    this.#running--;
    const step = afterFailure(verdict, this.#running, () => this.#mayStart());
    if (step === 'end') this.#finish(ended);
    else if (step === 'exhausted') this.#finish(this.#firstFailure!);
    else if (hedged.pass(this.#scope, true)) this.#expire(step);
    else if (step === 'start') this.#start();
    if (!isFirst) this.#discard(ended);
  }

  /** A timeout around the call that a failed attempt had switched off has expired. */
  #expire(step: 'start' | 'wait'): void {
    if (step === 'start') noteEnd(this.#parts.rules.budget);
    // No attempt may be left that would see it.
    void cancelledSoon(this.#scope!).then(undefined, (reason: unknown) => {
      this.cancelled(reason);
    });
  }

  /** A function of the options threw: the caller gets its error. */
  #fail(hedged: HedgeAttempt, error: unknown): void {
    if (!this.#over) this.#finish({ hedged, failed: true, result: error });
  }

  /** Ends the call: its caller gets the outcome, and the attempts that still run are aborted. */
  #finish(outcome: Ended): void {
    this.#close(outcome.failed, outcome.result);
    outcome.hedged.end();
    outcome.hedged.pass(this.#scope, false);
    this.#abortLosers();
    this.#report(outcome);
  }

  #close(failed: boolean, answer: unknown): void {
    this.#over = true;
    this.#failed = failed;
    this.#answer = answer;
    this.#parts.deadlines.remove(this);
    this.#wake!();
  }

  #abortLosers(): void {
    let reason: HedgeLostError | undefined;
    for (let hedged = this.#newest; hedged !== undefined; hedged = hedged.before) {
      if (hedged.ended) continue;
      reason ??= new HedgeLostError(this.#parts.channel.policyName);
      hedged.cancel(reason);
    }
  }

  #report(outcome: Ended): void {
    const { attempt } = outcome.hedged;
    const { failed, result } = outcome;
    const failure = this.#firstFailure === outcome ? { value: result } : undefined;
    const wrong = failed ? { error: result } : failure;
    this.#parts.channel.ended(attempt, this.#startedAt, wrong, this.#call);
  }

  /** Disposes of a result that no caller gets, unless it is the same as one that the caller gets or may get. */
  #discard(ended: Ended | undefined): void {
    if (ended === undefined) return;
    const { failed, result } = ended;
    const kept = this.#over ? this.#answer : this.#firstFailure?.result;
    if (result !== kept) discard(result, failed);
  }
}
