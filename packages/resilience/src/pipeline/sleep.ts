import { longestTimerMs } from '../seams/clock.ts';
import type { Clock } from '../seams/clock.ts';
import { Watcher } from './scope.ts';
import type { Scope } from './scope.ts';

/** Waits on a clock; rejects at once with the scope's reason when that is cancelled. */
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
 * Lets the host's timers run; rejects with the scope's reason when that is cancelled. Needed now and
 * then where something goes on in microtasks alone, because no timer fires before those end.
 */
export function giveWay(clock: Clock, scope: Scope | undefined): Promise<void> {
  if (scope?.aborted === true) return Promise.reject(scope.reason);
  return new Promise((resolve, reject) => {
    const sleeper = new Sleeper(clock, resolve, reject);
    if (scope !== undefined) sleeper.watch(scope);
    // As Node reads 0 too; and time passes on clocks that tests move.
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

  /** A wait that is longer than a timer can be takes several. */
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
