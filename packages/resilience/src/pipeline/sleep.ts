import { longestTimerMs } from '../seams/clock.ts';
import type { Clock } from '../seams/clock.ts';
import { Watcher } from './scope.ts';
import type { Scope } from './scope.ts';

/** Waits by a clock. Rejects at once with the scope's reason if the scope is cancelled. */
export function sleep(clock: Clock, ms: number, scope: Scope | undefined): Promise<void> {
  if (scope?.aborted === true) return Promise.reject(scope.reason);
  if (!(ms > 0)) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const sleeper = new Sleeper(clock, resolve, reject);
    if (scope !== undefined) sleeper.watch(scope);
    sleeper.arm(ms);
  });
}

/**
 * Lets the host's timers run. Rejects with the scope's reason if the scope is cancelled. Loops that only
 * use microtasks need it now and then, because timers fire only after the microtasks have ended.
 */
export function yieldToTimers(clock: Clock, scope: Scope | undefined): Promise<void> {
  if (scope?.aborted === true) return Promise.reject(scope.reason);
  return new Promise((resolve, reject) => {
    const sleeper = new Sleeper(clock, resolve, reject);
    if (scope !== undefined) sleeper.watch(scope);
    // Node turns 0 into 1, too. Not 0, so that a test has to advance its clock.
    sleeper.arm(1);
  });
}

class Sleeper extends Watcher {
  readonly #clock: Clock;
  readonly #resolve: () => void;
  readonly #reject: (reason: unknown) => void;
  #timer: unknown = undefined;

  constructor(clock: Clock, resolve: () => void, reject: (reason: unknown) => void) {
    super();
    this.#clock = clock;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** Sets the timer, several times in a row if the wait is longer than a timer allows. */
  arm(ms: number): void {
    this.#timer = this.#clock.setTimeout(
      () => {
        if (ms > longestTimerMs) {
          this.arm(ms - longestTimerMs);
          return;
        }
        this.unwatch();
        this.#resolve();
      },
      Math.min(ms, longestTimerMs),
    );
  }

  override cancelled(reason: unknown): void {
    this.#clock.clearTimeout(this.#timer);
    this.#reject(reason);
  }
}
