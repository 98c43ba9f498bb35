import type { Clock } from '@highway/resilience';
import { settle } from '@highway/resilience/testing';

interface Timer {
  readonly fn: () => void;
  readonly at: number;
}

/** A clock in simulated time whose timers are as bad as a host's: of a grain, and late. */
export class LateClock implements Clock {
  readonly #grainMs: number;
  readonly #latenessMs: () => number;
  readonly #timers = new Set<Timer>();
  #now = 0;

  constructor(grainMs: number, latenessMs: () => number) {
    this.#grainMs = grainMs;
    this.#latenessMs = latenessMs;
  }

  now(): number {
    return this.#now;
  }

  setTimeout(fn: () => void, ms: number): unknown {
    const grains = Math.max(1, Math.ceil(ms / this.#grainMs));
    const timer = { fn, at: this.#now + grains * this.#grainMs + this.#latenessMs() };
    this.#timers.add(timer);
    return timer;
  }

  clearTimeout(handle: unknown): void {
    this.#timers.delete(handle as Timer);
  }

  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** Runs the timers up to that time, and what hangs on each of them. */
  async runUntil(end: number): Promise<void> {
    for (;;) {
      await settle();
      let next: Timer | undefined;
      for (const timer of this.#timers) if (next === undefined || timer.at < next.at) next = timer;
      if (next === undefined || next.at > end) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.fn();
    }
    this.#now = end;
  }
}
