import { toMs } from '../duration.ts';
import type { Channel } from '../events.ts';
import { AttemptContext } from '../internal/call.ts';
import type { Call } from '../internal/call.ts';
import type { Deadline, Deadlines } from '../internal/deadlines.ts';
import { discard } from '../internal/dispose.ts';
import { quietly } from '../internal/rejection.ts';
import { InnerScope } from '../internal/scope.ts';
import type { Scope } from '../internal/scope.ts';
import type { Plan } from '../internal/stage.ts';
import { HedgeLostError } from './errors.ts';
import { afterFailure, judgeError, judgeValue } from './machine.ts';
import type { HedgeRules, } from './options.ts';

/** What all the calls through a hedge have in common. */
export interface Course {
  readonly rules: HedgeRules;
  readonly channel: Channel;
  readonly deadlines: Deadlines;
  readonly inner: Plan;
}

/**
 * One hedged call: its attempts, and the time at which the next starts.
 *
 * While it is undecided at least one attempt runs, and each watches the caller's scope by itself,
 * so the race hears of the caller's abort without watching anything. An attempt stops watching only
 * when user code has had its say about it, since that may abort the call too.
 */
export class Race implements Deadline {
  at = Infinity;
  place = -1;
  readonly #course: Course;
  readonly #call: Call;
  readonly #scope: Scope | undefined;
  /** The number of the first attempt. */
  readonly #first: number;
  readonly #resolve: (value: unknown) => void;
  readonly #reject: (error: unknown) => void;
  /** When it began; `NaN` where nobody wants to know. */
  #startedAt = Number.NaN;
  #started = 0;
  #running = 0;
  #newest: Runner | undefined = undefined;
  /** The budget refused a hedge, so this call gets no more. */
  #spent = false;
  #over = false;
  /** What the first attempt came to, once it has failed. */
  #firstFailure: Ended | undefined = undefined;

  constructor(course: Course, entry: Entry, settle: Settle) {
    this.#course = course;
    this.#call = entry.call;
    this.#scope = entry.scope;
    this.#first = entry.attempt;
    this.#resolve = settle.resolve;
    this.#reject = settle.reject;
  }
}
