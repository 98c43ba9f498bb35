import {
  BulkheadFullError,
  BulkheadPolicy,
  Failsafe,
  HedgePolicy,
  isRejection,
  RateLimiterPolicy,
  RetryBudget,
  RetryPolicy,
  TimeoutPolicy,
  wallNow,
} from '@highway/resilience';
import type { CallContext, Policy } from '@highway/resilience';
import { AnswerError, Call } from './call.ts';
import { newTally } from './counters.ts';
import type { Counters, Tally } from './counters.ts';
import type { Exchange } from './exchange.ts';
import type { Verdict } from '../outcomes/judge.ts';
import { originOf } from './origin.ts';
import { Pauses } from './pauses.ts';
import type { EngineRules } from './read-options.ts';
import { circuitInfo, Sites } from './sites.ts';
import type { CircuitInfo, Site } from './sites.ts';

/** What a client has done, in total and by key of the circuit. */
export interface ClientStats extends Counters {
  /** By origin, or by what `breaker.per` returned. The keys come and go with their circuits. */
  readonly byOrigin: Readonly<Record<string, Counters>>;
}

/**
 * Runs the calls of one client through its policies. It knows no transport: an `Exchange` sends and reads.
 *
 * Around a call: `concurrency`, the total timeout, the retry, the hedge. Around each attempt: the rate limit, the
 * circuit of its origin, the attempt timeout.
 */
export class Engine<Answer> {
  readonly rules: EngineRules<Answer>;
  readonly #calls: Failsafe;
  /** Where attempts may be hedged. */
  readonly #hedged: Failsafe | undefined;
  readonly #sites: Sites;
  readonly #pauses: Pauses;
  readonly #tally: Tally = newTally();
  /** The policies that all origins share. */
  readonly #shared: readonly Policy[];

  constructor(rules: EngineRules<Answer>) {
    this.rules = rules;
    const { name, clock, random, breaker } = rules;
    const around = this.#policiesOfCalls();
    const hedge = this.#hedgePolicy();
    const failsafe = (policies: readonly Policy[], label: string | undefined): Failsafe =>
      // The retry ends in time by itself, so it may have more time than the total.
      new Failsafe({ policies, clock, name: label, onWarning: () => undefined });
    this.#calls = failsafe(around, name);
    this.#hedged =
      hedge && failsafe([...around, hedge], name === undefined ? undefined : `${name} hedged`);
    const { outside, inside } = this.#policiesOfAttempts();
    const maxKeys = breaker?.maxKeys ?? defaultKeys;
    this.#sites = new Sites({
      name,
      clock,
      maxKeys,
      breaker: breaker && {
        ...breaker.circuit,
        handle: (error, { data }) => verdictOf(error, data).breaker !== 'success',
        ignore: (error, { data }) => verdictOf(error, data).breaker === 'ignore',
      },
      outside,
      inside,
    });
    this.#pauses = new Pauses({ clock, random, maxKeys, name });
    this.#shared = [...around, ...(hedge ? [hedge] : []), ...outside, ...inside];
  }

  /**
   * Makes a call: sends the exchange's request, again if that is worth it and safe. Resolves to the last answer,
   * whatever its status; rejects with the last error of the client, with an error of a policy, or with the reason of
   * the caller's signal. With `rejectOnStatus`, it rejects with an `HttpStatusError` for a final status of 400 and
   * above.
   */
  async run(exchange: Exchange<Answer>, signal?: AbortSignal | null): Promise<Answer> {
    const { rules } = this;
    const { request } = exchange;
    const call = new Call(exchange, rules, {
      key: rules.breaker?.per?.(request) ?? originOf(request.url),
      startedAt: rules.clock.now(),
      tellsDeadline: rules.deadline(request),
      signal,
    });
    this.#tally.calls++;
    this.#sites.of(call.key).tally.calls++;
    const isHedged = request.method === 'GET' || request.method === 'HEAD';
    const policy = (isHedged ? this.#hedged : undefined) ?? this.#calls;
    let answer: Answer;
    try {
      answer = await policy.execute(
        (context: CallContext) => this.#attempt(call, context, policy === this.#hedged),
        {
          signal,
          data: call,
        },
      );
    } catch (error) {
      return this.#end(call, error);
    }
    return this.#deliver(call, answer);
  }

  /** What the client has done so far. */
  stats(): ClientStats {
    const byOrigin: Record<string, Counters> = Object.create(null) as Record<string, Counters>;
    for (const { key, tally } of this.#sites.all()) byOrigin[key] = { ...tally };
    return { ...this.#tally, byOrigin };
  }

  /** The circuits, and the origins that are paused. */
  circuits(): CircuitInfo[] {
    const paused = new Set(this.#pauses.keys());
    const circuits = this.#sites.all().map((site) => {
      paused.delete(site.key);
      return circuitInfo(site, this.#pauses.left(site.key));
    });
    const forgotten = [...paused].map((key) =>
      circuitInfo({ key, breaker: undefined }, this.#pauses.left(key)),
    );
    return [...circuits, ...forgotten];
  }

  /** The policies of the client, with the circuits that are kept now. */
  get policies(): readonly Policy[] {
    return [...this.#shared, ...this.#sites.all().flatMap(({ breaker }) => breaker ?? [])];
  }

  async #attempt(call: Call<Answer>, context: CallContext, isHedged: boolean): Promise<Answer> {
    const site = this.#sites.of(call.key);
    const waits = this.rules.rateLimit !== undefined;
    const isHedge = call.running++ > 0;
    try {
      if (!this.#pauses.isEmpty) {
        const leftMs = this.#left(call, this.rules.totalTimeout);
        await this.#pauses.pass(call.key, { signal: context.signal, leftMs });
      }
      return await site.guard.execute(
        (inner: CallContext) => {
          this.#count(call, site, isHedge);
          return this.#send(call, [context, inner]);
        },
        // The signal of the context costs as much as all the rest. Without it, the guard ends with the call all the
        // same: it has the caller's signal, and no more time than the call, unless it waits for the rate limit.
        { signal: isHedged || waits ? context.signal : call.signal, data: call },
      );
    } finally {
      call.running--;
    }
  }

  #count(call: Call<Answer>, site: Site, isHedge: boolean): void {
    const isFirst = ++call.attempts === 1;
    for (const tally of [this.#tally, site.tally]) {
      tally.attempts++;
      if (isHedge) tally.hedges++;
      else if (!isFirst) tally.retries++;
    }
  }

  async #send(
    call: Call<Answer>,
    [outer, inner]: readonly [CallContext, CallContext],
  ): Promise<Answer> {
    const { exchange } = call;
    const { signal } = inner;
    const answer = await exchange.send({
      signal,
      attempt: call.attempts,
      timeoutLeftMs: call.tellsDeadline ? this.#timeoutOf(call) : undefined,
      callersError: (error) => {
        call.noteOwn(error);
        return error;
      },
    });
    if (signal.aborted) {
      // Nobody waits for it any more: its client did not notice the abort.
      exchange.setAside(answer);
      throw signal.reason;
    }
    const error = this.#failureOf(call, answer);
    // If another attempt follows, the timeouts of the call go on.
    inner.disarm();
    outer.disarm();
    if (error === undefined) return answer;
    throw error;
  }

  /** The error for an answer that is no success; `undefined` if it is one. */
  #failureOf(call: Call<Answer>, answer: Answer): AnswerError<Answer> | undefined {
    const status = call.exchange.status(answer);
    let verdict: Verdict | undefined;
    try {
      verdict = call.judgeAnswer(answer, status);
    } catch (error) {
      // The user's `classify` threw: the caller gets its error, and nobody the answer.
      call.exchange.setAside(answer);
      call.noteOwn(error);
      throw error;
    }
    if (verdict === undefined) return undefined;
    const wait = call.waitAskedBy(answer, status, wallNow(this.rules.clock));
    const error = call.errorOf(answer, status, wait);
    call.note(error, verdict);
    const asksAll = status === 429 || status === 503;
    if (asksAll && wait !== undefined) this.#pauses.pause(call.key, wait);
    return error;
  }

  /** What the caller gets for a call that ended with an error. */
  #end(call: Call<Answer>, thrown: unknown): Answer {
    const { last } = call;
    const isRejected = isRejection(thrown);
    // After a real outcome, a rejection only says that there was no other attempt.
    const { error, kept }: { error: unknown; kept?: { restore(): Answer } | undefined } =
      isRejected && last !== undefined ? last : { error: thrown };
    if (isRejected && last === undefined) this.#countRejection(call, thrown);
    if (!AnswerError.isOf(error, call)) throw error;
    return this.#deliver(call, kept === undefined ? error.response : kept.restore());
  }

  #countRejection(call: Call<Answer>, error: unknown): void {
    const isShed = call.attempts === 0 && error instanceof BulkheadFullError;
    for (const tally of [this.#tally, this.#sites.of(call.key).tally]) {
      tally.rejected++;
      if (isShed) tally.shed++;
    }
  }

  /** Gives the caller an answer: returns or throws it. */
  #deliver(call: Call<Answer>, last: Answer): Answer {
    const { exchange } = call;
    const answer = exchange.deliver(last);
    const status = exchange.status(answer);
    if (!this.rules.rejectOnStatus || status < 400) return answer;
    const wait = call.waitAskedBy(answer, status, wallNow(this.rules.clock));
    throw call.errorOf(answer, status, wait);
  }

  /** How long an attempt that starts now may take, in ms; `undefined` if there is no limit. */
  #timeoutOf(call: Pick<Call<unknown>, 'startedAt'>): number | undefined {
    const { attemptTimeout, totalTimeout } = this.rules;
    const leftMs = Math.min(attemptTimeout, this.#left(call, totalTimeout));
    return leftMs === Infinity ? undefined : Math.max(0, leftMs);
  }

  /** What is left of a limit for the whole call, in ms. */
  #left(call: Pick<Call<unknown>, 'startedAt'>, limitMs: number): number {
    return limitMs === Infinity ? limitMs : call.startedAt + limitMs - this.rules.clock.now();
  }

  #policiesOfCalls(): Policy[] {
    const { name, clock, concurrency, totalTimeout, retry } = this.rules;
    const policies: Policy[] = [];
    if (concurrency !== undefined) {
      policies.push(new BulkheadPolicy({ name, clock, maxConcurrent: concurrency }));
    }
    if (totalTimeout !== Infinity) {
      policies.push(new TimeoutPolicy({ name, clock, timeout: totalTimeout }));
    }
    if (retry === undefined) return policies;
    const { maxRetries, backoff, budget } = retry;
    policies.push(
      new RetryPolicy({
        name,
        clock,
        maxRetries,
        backoff,
        budget,
        rethrow: true,
        maxDuration: totalTimeout === Infinity ? undefined : totalTimeout,
        // With the call, its attempts end as well.
        handle: (error, { data }) =>
          verdictOf(error, data).retry && this.#left(data as Call<unknown>, totalTimeout) > 0,
        onRetry: ({ error, data }) => {
          (data as Call<unknown>).goesOnAfter(error);
        },
      }),
    );
    return policies;
  }

  #hedgePolicy(): HedgePolicy | undefined {
    const { name, clock, hedge } = this.rules;
    if (hedge === undefined) return undefined;
    // A failed attempt is the retry's business, which waits and has a budget.
    const budget = new RetryBudget({ clock });
    return new HedgePolicy({ ...hedge, name, clock, budget, handle: () => false });
  }

  #policiesOfAttempts(): { readonly outside: Policy[]; readonly inside: Policy[] } {
    const { name, clock, rateLimit, attemptTimeout, totalTimeout } = this.rules;
    const label = name === undefined ? undefined : `${name} attempt`;
    const isEndless = attemptTimeout === Infinity && totalTimeout === Infinity;
    const timeout =
      totalTimeout === Infinity
        ? attemptTimeout
        : ({ data }: CallContext) => this.#timeoutOf(data as Call<unknown>) ?? Infinity;
    return {
      outside:
        rateLimit === undefined ? [] : [new RateLimiterPolicy({ ...rateLimit, name, clock })],
      inside: isEndless ? [] : [new TimeoutPolicy({ name: label, clock, timeout })],
    };
  }
}

/** What an outcome means to the call that it belongs to. */
function verdictOf(error: unknown, call: unknown): Verdict {
  return (call as Call<unknown>).verdictOf(error);
}

/** How many keys are kept if there are no circuits. */
const defaultKeys = 1_000;
