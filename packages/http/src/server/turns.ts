/** The handlers that start in one turn of the loop should take this long together, in ms. */
const turnMs = 2;
const maxStarts = 64;
/** The weight of the last turn in the estimate of what a start costs. */
const costWeight = 0.3;
/** If so many handlers may start in a turn, they are quick, and nobody waits for what else arrives. */
const quickStarts = 8;
/** The loop has read everything if so many turns in a row brought nothing. A new connection takes two. */
const quietTurns = 2;
/** It reads for so many turns at most before the next handler starts. */
const maxReadingTurns = 30;

/**
 * How many handlers may start in a turn of the event loop, by what turns cost.
 *
 * If handlers take long, one starts in a turn, and before the next one the loop reads everything that has
 * arrived in the meantime. It accepts only one connection a turn (libuv), so new connections would not be accepted in time
 * otherwise, and nobody would know that there are more important requests.
 */
export class Turns {
  /** How many handlers have started in this turn. */
  started = 0;
  /** Whether handlers have run since the loop last had nothing to read. */
  reading = false;
  #arrived = 0;
  #quiet = 0;
  #readingTurns = 0;
  #turnAt = 0;
  /** What a start takes, in ms, with all else that happens in its turn. */
  #startMs = turnMs / quickStarts;

  get mostStarts(): number {
    return Math.min(maxStarts, Math.max(1, Math.floor(turnMs / this.#startMs)));
  }

  get #quick(): boolean {
    return this.mostStarts >= quickStarts;
  }

  /** Whether a handler may start as soon as its request arrives, if nobody waits. */
  get open(): boolean {
    return this.started < this.mostStarts && (this.#quick || !this.reading);
  }

  arrived(): void {
    this.#arrived++;
  }

  /** A turn begins. */
  begin(now: number): void {
    this.#turnAt = now;
  }

  /** A turn has ended, and the next one begins. */
  end(now: number): void {
    if (this.started > 0) {
      const tookMs = Math.max(0, now - this.#turnAt);
      this.#startMs += costWeight * (tookMs / this.started - this.#startMs);
      this.reading = true;
      this.#quiet = 0;
    }
    this.#quiet = this.#arrived > 0 ? 0 : this.#quiet + 1;
    this.#arrived = this.started = 0;
    this.#turnAt = now;
  }

  /** Whether the loop should read on for a turn before another handler starts. */
  readsOn(waiting: number): boolean {
    const more =
      (this.reading || waiting > 0) &&
      !this.#quick &&
      this.#quiet < quietTurns &&
      this.#readingTurns < maxReadingTurns;
    if (more) {
      this.#readingTurns++;
    } else {
      this.#readingTurns = 0;
      this.reading = false;
    }
    return more;
  }
}
