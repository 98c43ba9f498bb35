import type { Clock, Priority } from '@highway/resilience';
import type { Arrival, Verdict } from './arrival.ts';
import type { Slot } from './slots.ts';
import { longestTimerMs, unref } from './timers.ts';

export interface VisitOptions {
  readonly clock: Clock;
  /** Whether it is accepted in any case. */
  readonly exempt: boolean;
  readonly priority: Priority | undefined;
  readonly arrivedAt: number;
  readonly deadlineAt: number;
}

/** A request on its way through the server: whether it is admitted, and the signal of its end. */
export class Visit implements Arrival {
  readonly exempt: boolean;
  readonly priority: Priority | undefined;
  readonly arrivedAt: number;
  readonly deadlineAt: number;
  loopDelayMs = 0;
  slot: Slot | undefined = undefined;
  gone = false;
  readonly #clock: Clock;
  #over = false;
  #tell: ((verdict: Verdict) => void) | undefined = undefined;
  #controller: AbortController | undefined = undefined;
  #timer: unknown = undefined;

  constructor({ clock, exempt, priority, arrivedAt, deadlineAt }: VisitOptions) {
    this.#clock = clock;
    this.exempt = exempt;
    this.priority = priority;
    this.arrivedAt = arrivedAt;
    this.deadlineAt = deadlineAt;
  }

  /** Waits for the verdict. Its handler then runs in the async context in which it was awaited. */
  verdict(): Promise<Verdict> {
    return new Promise((resolve) => {
      this.#tell = resolve;
    });
  }

  decided(verdict: Verdict): void {
    this.#tell?.(verdict);
    this.#tell = undefined;
  }

  /** Aborts at the deadline, and when the client goes. Made when it is first asked for, and so is its timer. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.gone) this.#abortGone();
      else if (!this.#over) this.#watchDeadline();
    }
    return this.#controller.signal;
  }

  /** The response has ended, or its client has gone before. Returns false if it was over before. */
  end(finished: boolean): boolean {
    if (this.#over) return false;
    this.#over = true;
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    if (finished) return true;
    this.gone = true;
    if (this.#controller !== undefined) this.#abortGone();
    return true;
  }

  #abortGone(): void {
    this.#controller?.abort(new DOMException('The client has gone', 'AbortError'));
  }

  #watchDeadline(): void {
    if (this.deadlineAt === Infinity) return;
    const leftMs = this.deadlineAt - this.#clock.now();
    if (leftMs <= 0) {
      this.#controller?.abort(
        new DOMException('The deadline of the client is over', 'TimeoutError'),
      );
      return;
    }
    // Timers may fire a little early, and long ones would fire at once.
    const delayMs = Math.min(Math.ceil(leftMs), longestTimerMs);
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = undefined;
      this.#watchDeadline();
    }, delayMs);
    unref(this.#timer);
  }
}
