import { RateLimitExceededError } from '@highway/resilience';
import type { Clock, Random } from '@highway/resilience';
import { waitUntil } from './wait.ts';

/** No server can close an origin for longer, whatever its `Retry-After`. */
const longestPauseMs = 60_000;

/** By how much of a pause callers spread their requests after it. */
const spread = 0.1;

interface Pause {
  readonly until: number;
  readonly spreadMs: number;
}

/** Options of `Pauses`. */
export interface PausesOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly maxKeys: number;
  readonly name: string | undefined;
}

/** What passes a pause. */
export interface Passing {
  readonly signal: AbortSignal;
  /** How much time the call has left, in ms. */
  readonly leftMs: number;
}

/** The pauses that servers ask all clients for, by the key of the circuit. */
export class Pauses {
  readonly #options: PausesOptions;
  readonly #pauses = new Map<string, Pause>();

  constructor(options: PausesOptions) {
    this.#options = options;
  }

  /** Whether there is none, which is nearly always. */
  get isEmpty(): boolean {
    return this.#pauses.size === 0;
  }

  /** The keys that are paused now. */
  keys(): string[] {
    return [...this.#pauses.keys()].filter((key) => this.left(key) > 0);
  }

  /** How long a key is paused from now, in ms; 0 if it is not. */
  left(key: string): number {
    const pause = this.#pauses.get(key);
    if (pause === undefined) return 0;
    const leftMs = pause.until - this.#options.clock.now();
    if (leftMs > 0) return leftMs;
    this.#pauses.delete(key);
    return 0;
  }

  /** Pauses a key. A shorter pause does not end a longer one. */
  pause(key: string, askedMs: number): void {
    const { clock, maxKeys } = this.#options;
    const ms = Math.min(askedMs, longestPauseMs);
    if (!(ms > this.left(key))) return;
    if (this.#pauses.size >= maxKeys && !this.#pauses.has(key)) this.#makeRoom();
    this.#pauses.set(key, { until: clock.now() + ms, spreadMs: ms * spread });
  }

  /**
   * Waits until the pause of a key is over. Rejects with a `RateLimitExceededError` at once if the call has not that
   * much time.
   */
  async pass(key: string, { signal, leftMs }: Passing): Promise<void> {
    const { clock, random, name } = this.#options;
    const startedAt = clock.now();
    // It may have been prolonged meanwhile.
    for (let pausedMs = this.left(key); pausedMs > 0; pausedMs = this.left(key)) {
      const spareMs = leftMs - (clock.now() - startedAt) - pausedMs;
      if (spareMs <= 0) {
        const message = `${key} asked its clients to wait for longer than the call may take`;
        throw new RateLimitExceededError(message, pausedMs, name);
      }
      // Half of what is left is for the attempt.
      const delayMs = Math.min(this.#pauses.get(key)!.spreadMs * random(), spareMs / 2);
      await waitUntil(clock, clock.now() + pausedMs + delayMs, signal);
    }
  }

  #makeRoom(): void {
    for (const key of [...this.#pauses.keys()]) this.left(key);
    const [oldest] = this.#pauses.keys();
    if (this.#pauses.size >= this.#options.maxKeys && oldest !== undefined) {
      this.#pauses.delete(oldest);
    }
  }
}
