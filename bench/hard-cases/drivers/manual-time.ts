import { ManualClock, settle } from '@highway/resilience/testing';
import type { Time } from '../driver.ts';

/** Time for a library that takes its clock as an option. */
export class ManualTime implements Time {
  moving = false;
  readonly clock: ManualClock = new ManualClock({ wallStart: Date.UTC(2030, 0, 1) });

  get pendingTimers(): number {
    return this.clock.pendingTimers;
  }

  async advance(ms: number): Promise<void> {
    this.moving = true;
    try {
      await this.clock.advance(ms);
      await settle();
    } finally {
      this.moving = false;
    }
  }

  /** The library has no repeating timers: what a stall skips, there is nothing of. */
  async stall(ms: number): Promise<void> {
    await this.advance(ms);
  }

  stepWallClock(ms: number): void {
    this.clock.stepWall(ms);
  }

  async settle(): Promise<void> {
    await settle();
    await settle();
  }
}
