import type { Clock } from '@highway/resilience';
import { unref } from './timers.ts';

/** How often the delay is sampled, in ms. */
const sampleMs = 20;
/** The time over which the delay is smoothed, in ms: a single pause of less than half of it is no overload. */
const smoothingMs = 400;
/** A delay counts as overload only if there was a request in this time before it, in ms. */
const loadedMs = 2_000;
/** Without requests for this long, in ms, nothing is sampled any more. */
const idleMs = 10_000;

/**
 * How late the event loop is: by how much a timer fires after its time. A timer that is overdue counts before it
 * fires, so the first request that is read after a long turn of the loop already sees how long that turn was, which
 * the histogram of `perf_hooks` would only know a turn later. Works in every runtime.
 *
 * A loop that is blocked while there are no requests, such as at the start of a program, is late, but not
 * overloaded. The timer runs until ten seconds after the last request, and does not keep the process alive.
 */
export class LoopDelay {
  readonly #clock: Clock;
  /** When the pending timer should fire; `NaN` if there is none. */
  #dueAt = Number.NaN;
  #sampledAt: number;
  #requestAt = -Infinity;
  /** Until when the delay is sampled. */
  #sampledUntil: number;
  /** Whether there were requests before the current sample began. */
  #loaded = false;
  #lastMs = 0;
  #smoothMs = 0;
  /** The smoothed delay, without that of a loop that had no requests. */
  #smoothLoadedMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#sampledAt = clock.now();
    this.#sampledUntil = this.#sampledAt + idleMs;
    this.#set();
  }

  /** Tells that a request has arrived. */
  touch(now: number): void {
    this.#requestAt = now;
    this.#sampledUntil = now + idleMs;
    if (!Number.isNaN(this.#dueAt)) return;
    this.#add(now, 0);
    this.#set();
  }

  /** How late the loop is, in ms: now or lately, whatever the reason. */
  report(now: number): number {
    const overdueMs = this.#overdue(now);
    return Math.max(this.#lastMs, overdueMs, this.#at(now, this.#smoothMs, overdueMs));
  }

  /** How late the loop is at the moment, in ms; 0 if there were no requests before. */
  current(now: number): number {
    return this.#loaded ? Math.max(this.#lastMs, this.#overdue(now)) : 0;
  }

  /** How late the loop was over the last half second in which there were requests, in ms. */
  smoothed(now: number): number {
    return this.#at(now, this.#smoothLoadedMs, this.#loaded ? this.#overdue(now) : 0);
  }

  #overdue(now: number): number {
    return now > this.#dueAt ? now - this.#dueAt : 0;
  }

  #at(now: number, smoothMs: number, overdueMs: number): number {
    if (overdueMs > 0) return Math.max(smoothMs, this.#after(now, smoothMs, overdueMs));
    // Without a timer, nothing is sampled, and the delay fades.
    return Number.isNaN(this.#dueAt) ? this.#after(now, smoothMs, 0) : smoothMs;
  }

  /** The smoothed delay if it has been this long since the last sample. */
  #after(now: number, smoothMs: number, delayMs: number): number {
    const weight = 1 - Math.exp((this.#sampledAt - now) / smoothingMs);
    return smoothMs + weight * (delayMs - smoothMs);
  }

  #add(now: number, delayMs: number): void {
    this.#smoothMs = this.#after(now, this.#smoothMs, delayMs);
    const loadedDelayMs = this.#loaded ? delayMs : 0;
    this.#smoothLoadedMs = this.#after(now, this.#smoothLoadedMs, loadedDelayMs);
    this.#lastMs = delayMs;
    this.#sampledAt = now;
    this.#loaded = now - this.#requestAt < loadedMs;
  }

  #set(): void {
    this.#dueAt = this.#clock.now() + sampleMs;
    unref(
      this.#clock.setTimeout(() => {
        this.#sample();
      }, sampleMs),
    );
  }

  #sample(): void {
    const now = this.#clock.now();
    this.#add(now, this.#overdue(now));
    this.#dueAt = Number.NaN;
    if (now < this.#sampledUntil) this.#set();
    else this.#lastMs = 0;
  }
}
