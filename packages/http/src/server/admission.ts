import type { Clock } from '@highway/resilience';
import { isImportant, patienceOf } from './arrival.ts';
import type { Arrival, Verdict } from './arrival.ts';
import { Lines } from './lines.ts';
import { longestTimerMs, unref } from './timers.ts';
import type { LoopDelay } from './loop-delay.ts';
import type { Slots } from './slots.ts';
import { Turns } from './turns.ts';

/** The loop is late if its delay is more than this share of the limit. */
const lateShare = 0.2;
/** The current delay counts while the smoothed one is more than this share of the limit. A single pause is no overload. */
const sustainedShare = 0.5;
/** So many of those who wait for a slot may start between two turns, as soon as one is free. */
const maxStartsBetween = 4;

export interface AdmissionOptions {
  readonly clock: Clock;
  readonly slots: Slots;
  readonly loopDelay: LoopDelay;
  readonly maxLoopDelayMs: number;
  /** Runs a function after the loop has read what has arrived by now. */
  readonly nextTurn: (fn: () => void) => void;
}

/**
 * Decides which requests are handled, and when.
 *
 * A loop that is overloaded reads many requests in one turn, and would run all their handlers before it reads
 * again. A handler that does not wait for anything is the only one in flight then, so no limit is ever reached. So only some
 * handlers start in a turn (`Turns`). The others wait, by priority, and are shed if that takes
 * longer than `maxLoopDelay`. In addition, the number in flight is limited, and the more so the later the loop is.
 */
export class Admission {
  accepted = 0;
  shed = 0;
  expired = 0;
  readonly #options: AdmissionOptions;
  readonly #lines = new Lines();
  readonly #turns = new Turns();
  #turnPending = false;
  #timer: unknown = undefined;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /** Decides at once, or returns `undefined` and tells the verdict later. */
  arrive(arrival: Arrival): Verdict | undefined {
    const { loopDelay, maxLoopDelayMs } = this.#options;
    const now = arrival.arrivedAt;
    loopDelay.touch(now);
    this.#turns.arrived();
    this.#planTurn(now);
    if (now >= arrival.deadlineAt) return this.#count('expired');
    const smoothMs = loopDelay.smoothed(now);
    if (smoothMs > sustainedShare * maxLoopDelayMs) arrival.loopDelayMs = loopDelay.current(now);
    if (arrival.loopDelayMs > this.#longestWait(arrival)) {
      if (!this.#isIdle) return this.#count('shed');
      arrival.loopDelayMs = 0;
    }
    const late = smoothMs > lateShare * maxLoopDelayMs;
    if (this.#lines.length === 0 && this.#turns.open && !late) {
      if (this.#start(arrival, now)) return this.#count('accepted');
      if (!isImportant(arrival)) return this.#count('shed');
    }
    this.#lines.add(arrival);
    return undefined;
  }

  /** The request has ended, or its client has gone: gives its slot to those who wait for one. */
  leave(arrival: Arrival, answered: boolean): void {
    arrival.slot?.leave(answered);
    arrival.slot = undefined;
    if (this.#lines.length === 0) return;
    const now = this.#options.clock.now();
    this.#sweep(now);
    if (this.#turns.started < maxStartsBetween) this.#admit(now, 1);
    this.#planTurn(now);
  }

  /** Whether there is nothing to do. Then one request is let in however late the loop has been. */
  get #isIdle(): boolean {
    const { slots } = this.#options;
    return slots.inFlight === 0 && this.#lines.length === 0 && this.#turns.started === 0;
  }

  #count<Counted extends 'accepted' | 'shed' | 'expired'>(verdict: Counted): Counted {
    this[verdict]++;
    return verdict;
  }

  #longestWait(arrival: Arrival): number {
    return this.#options.maxLoopDelayMs * patienceOf(arrival);
  }

  #start(arrival: Arrival, now: number): boolean {
    arrival.slot = this.#options.slots.take(arrival.priority, this.#usablePart(arrival, now));
    if (arrival.slot === undefined) return false;
    this.#turns.started++;
    return true;
  }

  /**
   * The part of the slots that may be used: all, unless the loop is late for half of the time that is tolerated. A
   * turn is as long as the work of all who are in flight, so fewer of them make the loop less late.
   */
  #usablePart(arrival: Arrival, now: number): number {
    const toleratedMs = sustainedShare * this.#longestWait(arrival);
    const smoothMs = this.#options.loopDelay.smoothed(now);
    return smoothMs > toleratedMs ? (toleratedMs / smoothMs) ** 2 : 1;
  }

  /**
   * Whether a request waits for a slot. Those that matter do. The others do only while the loop is late, when
   * requests arrive and slots become free in bursts.
   */
  #mayWait(arrival: Arrival, now: number): boolean {
    const { loopDelay, maxLoopDelayMs } = this.#options;
    return isImportant(arrival) || loopDelay.smoothed(now) > lateShare * maxLoopDelayMs;
  }

  #planTurn(now: number): void {
    if (this.#turnPending) return;
    this.#turnPending = true;
    this.#turns.begin(now);
    this.#nextTurn();
  }

  #nextTurn(): void {
    this.#options.nextTurn(() => {
      this.#turn();
    });
  }

  /** Runs when the loop has read what had arrived. */
  #turn(): void {
    const now = this.#options.clock.now();
    this.#turns.end(now);
    this.#sweep(now);
    const goesOn =
      this.#turns.readsOn(this.#lines.length) || this.#admit(now, this.#turns.mostStarts);
    this.#turnPending = goesOn;
    if (goesOn) this.#nextTurn();
    else this.#setTimer(now);
  }

  /** Lets the most important ones go. Returns whether others can go in the next turn. */
  #admit(now: number, most: number): boolean {
    let left = most;
    for (const head of this.#lines.heads()) {
      if (left === 0) return true;
      const starts = this.#start(head, now);
      if (!starts && this.#mayWait(head, now)) continue;
      this.#lines.take(head);
      if (starts) left--;
      head.decided(this.#count(starts ? 'accepted' : 'shed'));
    }
    return false;
  }

  /** Removes those who have gone, whose time is over, or who have waited for too long. */
  #sweep(now: number): void {
    const overdue: (() => void)[] = [];
    this.#lines.removeWhere((arrival) => {
      const verdict = this.#overdue(arrival, now);
      if (verdict === undefined) return false;
      overdue.push(() => {
        arrival.decided(verdict);
      });
      return true;
    });
    for (const tell of overdue) tell();
  }

  #overdue(arrival: Arrival, now: number): Verdict | undefined {
    if (arrival.gone) return 'gone';
    if (now >= arrival.deadlineAt) return this.#count('expired');
    return now >= this.#waitsUntil(arrival) ? this.#count('shed') : undefined;
  }

  #waitsUntil(arrival: Arrival): number {
    return arrival.arrivedAt - arrival.loopDelayMs + this.#longestWait(arrival);
  }

  /** Those who wait for a slot cost no turns: they are looked at when one is free, or when their time is over. */
  #setTimer(now: number): void {
    const { clock } = this.#options;
    if (this.#timer !== undefined) clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    const at = this.#lines.earliest((arrival) =>
      Math.min(this.#waitsUntil(arrival), arrival.deadlineAt),
    );
    if (at === Infinity) return;
    const delayMs = Math.min(Math.max(1, Math.ceil(at - now)), longestTimerMs);
    this.#timer = clock.setTimeout(() => {
      this.#planTurn(clock.now());
    }, delayMs);
    unref(this.#timer);
  }
}
