import { ManualClock } from '@highway/resilience/testing';

/** A manual clock that counts the timers which are set. */
export class CountingClock extends ManualClock {
  /** How many were ever set. */
  set = 0;
  /** The most that there ever were at once. */
  most = 0;

  override setTimeout(fn: () => void, ms: number): unknown {
    this.set++;
    const handle = super.setTimeout(fn, ms);
    this.most = Math.max(this.most, this.pendingTimers);
    return handle;
  }
}
