import type { AdaptiveLimiterPolicy, Permit, Priority } from '@highway/resilience';

/** The share of the slots that requests of a priority may take. */
const shares: Readonly<Record<Priority, number>> = { critical: 1, high: 1, normal: 0.9, low: 0.75 };

/** The right to be in flight. */
export interface Slot {
  /** Gives it back, once. `answered`: how long it was held says how long an answer takes. */
  leave(answered: boolean): void;
}

/** How many requests may be in flight at once: by a limit that adapts, by a fixed one, or by both. */
export class Slots {
  inFlight = 0;
  readonly #limiter: AdaptiveLimiterPolicy | undefined;
  readonly #maxInFlight: number;

  constructor(limiter: AdaptiveLimiterPolicy | undefined, maxInFlight: number) {
    this.#limiter = limiter;
    this.#maxInFlight = maxInFlight;
  }

  /**
   * Takes a slot, if there is one for this priority. Without priorities, all slots are for everyone. While nothing
   * is in flight, there is one.
   *
   * @param part - the part of the slots that may be used at the moment
   */
  take(priority: Priority | undefined, part: number): Slot | undefined {
    const share = priority === undefined ? 1 : shares[priority];
    const adapted = (this.#limiter?.limit ?? Infinity) * part;
    const most = Math.min(this.#maxInFlight, adapted) * share;
    if (this.inFlight > 0 && this.inFlight >= most) return undefined;
    // The share above has decided: a rule of the limiter's own would judge a request that it does not know.
    const permit = this.#limiter?.tryAcquire({ priority: 'critical' });
    if (permit === undefined && this.#limiter !== undefined) return undefined;
    this.inFlight++;
    return this.#slot(permit);
  }

  #slot(permit: Permit | undefined): Slot {
    let held = true;
    return {
      leave: (answered) => {
        if (!held) return;
        held = false;
        this.inFlight--;
        if (answered) permit?.success();
        else permit?.release();
      },
    };
  }
}
