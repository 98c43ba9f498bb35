import { settle } from '@highway/resilience/testing';
import { install } from '@sinonjs/fake-timers';
import type { Time } from '../driver.ts';

/**
 * Time for the libraries that read the globals: their timers, `Date` and `performance` are replaced
 * until `close`. A timer of more than 31 bits fires after 1 ms, as it does in Node.
 */
export class FakedGlobals implements Time {
  moving = false;
  readonly #clock = install({
    now: Date.UTC(2030, 0, 1),
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
  });

  get pendingTimers(): number {
    return this.#clock.countTimers();
  }

  async advance(ms: number): Promise<void> {
    await this.#move(() => this.#clock.tickAsync(ms));
  }

  async stall(ms: number): Promise<void> {
    await this.#move(() => this.#clock.jump(ms));
  }

  stepWallClock(ms: number): void {
    this.#clock.setSystemTime(this.#clock.now + ms);
  }

  async settle(): Promise<void> {
    await settle();
    await settle();
  }

  close(): void {
    this.#clock.uninstall();
  }

  async #move(how: () => unknown): Promise<void> {
    this.moving = true;
    try {
      await settle();
      await how();
      await settle();
    } finally {
      this.moving = false;
    }
  }
}
