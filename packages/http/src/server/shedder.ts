import type { Priority } from '@highway/resilience';
import { describe, invalid } from '@highway/resilience/options';
import { readDeadline } from '../headers/deadline.ts';
import { Admission } from './admission.ts';
import { priorities } from './arrival.ts';
import type { Verdict } from './arrival.ts';
import { LoopDelay } from './loop-delay.ts';
import type { LoadSheddingRules } from './options.ts';
import { Slots } from './slots.ts';
import { Visit } from './visit.ts';
import { Warnings } from './warnings.ts';

/** The longest time that a shed client is asked to wait, in s. */
const longestRetryAfter = 5;

/** What load shedding has done, and how the server is, in plain numbers. */
export interface LoadSheddingStats {
  /** How many requests were passed on to their handlers. */
  readonly accepted: number;
  /** How many were answered with 503. */
  readonly shed: number;
  /** How many were answered with 504, because their deadline was over before their handler ran. */
  readonly expired: number;
  /** How many are in flight: accepted, and their response is neither complete nor cut off. */
  readonly inFlight: number;
  /** How late the event loop is, in ms: the larger of the current and the recent delay. */
  readonly loopDelay: number;
}

/** A request, as an adapter hands it in. */
export interface Entering {
  /** The framework's own request. */
  readonly request: object;
  /** Other objects by which user code may ask for the signal. */
  readonly aliases: readonly object[];
  /** The path, perhaps with a query. */
  readonly url: string;
  readonly header: (name: string) => unknown;
}

/** The answer to a request that is not accepted. */
export interface Answer {
  readonly status: 503 | 504;
  readonly headers: Readonly<Record<string, string>>;
}

/** Load shedding without a framework: what the adapters share. */
export class Shedder {
  readonly #rules: LoadSheddingRules;
  readonly #slots: Slots;
  readonly #loopDelay: LoopDelay;
  readonly #admission: Admission;
  readonly #warnings: Warnings;
  readonly #visits = new WeakMap<object, Visit>();

  constructor(rules: LoadSheddingRules) {
    const { clock, limiter, maxInFlight, maxLoopDelayMs } = rules;
    this.#rules = rules;
    this.#slots = new Slots(limiter, maxInFlight);
    this.#loopDelay = new LoopDelay(clock);
    this.#warnings = new Warnings(clock, rules.onWarning);
    this.#admission = new Admission({
      clock,
      slots: this.#slots,
      loopDelay: this.#loopDelay,
      maxLoopDelayMs,
      nextTurn: (fn) => {
        if (typeof setImmediate === 'function') setImmediate(fn);
        else clock.setTimeout(fn, 0);
      },
    });
  }

  /** Lets a request in. `undefined` if it has passed this before: a second time it is not counted. */
  enter(entering: Entering): Visit | undefined {
    const { request, aliases } = entering;
    if (this.#visits.has(request)) return undefined;
    const { clock, deadline } = this.#rules;
    const arrivedAt = clock.now();
    const leftMs = deadline ? readDeadline({ get: entering.header }) : undefined;
    const deadlineAt = leftMs === undefined ? Infinity : arrivedAt + leftMs;
    const exempt = this.#isExempt(entering);
    const priority = exempt ? undefined : this.#priorityOf(request);
    const visit = new Visit({ clock, exempt, priority, arrivedAt, deadlineAt });
    this.#visits.set(request, visit);
    for (const alias of aliases) this.#visits.set(alias, visit);
    return visit;
  }

  /** Decides, now or later. */
  decide(visit: Visit): Verdict | Promise<Verdict> {
    if (visit.gone) return 'gone';
    if (visit.exempt) return 'accepted';
    return this.#admission.arrive(visit) ?? visit.verdict();
  }

  /**
   * The response has ended, or its client has gone before. The time of an answer with a status from 500 on says
   * nothing: an endpoint that fails must not close the server for others.
   */
  leave(visit: Visit, finished: boolean, status: number): void {
    if (visit.end(finished)) this.#admission.leave(visit, finished && status < 500);
  }

  /** The answer to a request that was shed or has expired. */
  answer(verdict: 'shed' | 'expired'): Answer {
    const headers = { 'content-length': '0' };
    if (verdict === 'expired') return { status: 504, headers };
    this.#warnings.shedding();
    return { status: 503, headers: { ...headers, 'retry-after': String(this.#retryAfter()) } };
  }

  signalOf(request: unknown): AbortSignal {
    const visit =
      typeof request === 'object' && request !== null ? this.#visits.get(request) : undefined;
    if (visit !== undefined) return visit.signal;
    throw new TypeError(
      `signalOf: expected a request that this load shedding has let in, got ${describe(request)}`,
    );
  }

  stats(): LoadSheddingStats {
    const { accepted, shed, expired } = this.#admission;
    const now = this.#rules.clock.now();
    const loopDelay = this.#loopDelay.report(now);
    return { accepted, shed, expired, inFlight: this.#slots.inFlight, loopDelay };
  }

  #isExempt({ url }: Entering): boolean {
    const { exempt } = this.#rules;
    return exempt.size > 0 && exempt.has(pathOf(url));
  }

  #priorityOf(request: object): Priority | undefined {
    const ask = this.#rules.priority as ((request: object) => Priority) | undefined;
    if (ask === undefined) return undefined;
    try {
      const given = ask(request);
      if (priorities.includes(given)) return given;
      return invalid('priority', given, `one of ${priorities.join(', ')}`, TypeError);
    } catch (error) {
      this.#warnings.priority(error);
      return 'normal';
    }
  }

  /** At random, so that those who were shed together don't come back together. */
  #retryAfter(): number {
    return Math.min(longestRetryAfter, 1 + Math.floor(this.#rules.random() * longestRetryAfter));
  }
}

/** The path of a URL: without scheme and host, which a proxy may send along, and without the query. */
function pathOf(url: string): string {
  const path = url.startsWith('/') ? url : url.replace(/^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i, '');
  const end = path.search(/[?#]/);
  return (end === -1 ? path : path.slice(0, end)) || '/';
}
