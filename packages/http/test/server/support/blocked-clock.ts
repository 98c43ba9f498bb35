import type { Clock } from '@highway/resilience';

/** A clock whose loop can be blocked: timers run after that, late. */
export class BlockedClock implements Clock {
  pending: { fn: () => void; at: number }[] = [];
  #now = 0;

  now(): number {
    return this.#now;
  }

  setTimeout(fn: () => void, ms: number): unknown {
    this.pending.push({ fn, at: this.#now + ms });
    return undefined;
  }

  clearTimeout(): void {}

  /** Lets time pass in which nothing runs. */
  block(ms: number): void {
    this.#now += ms;
  }

  /** Runs the timers that are due. */
  run(): void {
    const due = this.pending.filter(({ at }) => at <= this.#now);
    this.pending = this.pending.filter(({ at }) => at > this.#now);
    for (const { fn } of due) fn();
  }

  /** Lets time pass in which all timers run at their time. */
  idle(ms: number): void {
    for (const until = this.#now + ms; this.#now < until;) {
      this.#now++;
      this.run();
    }
  }
}
