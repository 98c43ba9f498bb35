import type { Clock } from '../seams/clock.ts';
import { Alarm } from '../support/alarm.ts';
import { Watcher } from './scope.ts';
import type { Scope } from './scope.ts';

/** Waits by a clock, never less than the time. Rejects at once with the scope's reason if the scope is cancelled. */
export function sleep(clock: Clock, ms: number, scope: Scope | undefined): Promise<void> {
  if (scope?.aborted === true) return Promise.reject(scope.reason);
  if (!(ms > 0)) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const sleeper = new Sleeper(resolve, reject);
    if (scope !== undefined) sleeper.watch(scope);
    const alarm = new Alarm(clock, sleeper.wake);
    sleeper.stop = () => {
      alarm.clear();
    };
    const now = clock.now();
    alarm.set(now + ms, now, ms);
  });
}

/**
 * Lets the host's timers run. Rejects with the scope's reason if the scope is cancelled. Loops that only
 * use microtasks need it now and then, because timers fire only after the microtasks have ended.
 */
export function yieldToTimers(clock: Clock, scope: Scope | undefined): Promise<void> {
  if (scope?.aborted === true) return Promise.reject(scope.reason);
  return new Promise((resolve, reject) => {
    const sleeper = new Sleeper(resolve, reject);
    if (scope !== undefined) sleeper.watch(scope);
    // Node turns 0 into 1, too. Not 0, so that a test has to advance its clock.
    const timer = clock.setTimeout(sleeper.wake, 1);
    sleeper.stop = () => {
      clock.clearTimeout(timer);
    };
  });
}

class Sleeper extends Watcher {
  /** Clears its timer. */
  stop: (() => void) | undefined = undefined;
  readonly #resolve: () => void;
  readonly #reject: (reason: unknown) => void;

  constructor(resolve: () => void, reject: (reason: unknown) => void) {
    super();
    this.#resolve = resolve;
    this.#reject = reject;
  }

  readonly wake = (): void => {
    this.unwatch();
    this.#resolve();
  };

  override cancelled(reason: unknown): void {
    this.stop?.();
    this.#reject(reason);
  }
}
