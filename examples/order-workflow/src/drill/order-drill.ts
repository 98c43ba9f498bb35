import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { sharedNow } from '@highway-examples/drill-kit';
import type { Watched } from '@highway-examples/drill-kit';
import type { Timeline, Phase } from '../timeline.ts';
import type { Databases } from '../database.ts';
import type { Work } from '../messages.ts';
import type { Order } from '../orders.ts';
import type { SideTally } from '../report/side-tally.ts';
import { Side } from './side.ts';

const tickMs = 50;

/** What a drill is made of. */
export interface OrderDrillParts {
  readonly work: Work;
  readonly orders: readonly Order[];
  readonly timeline: Timeline;
  readonly seed: number;
  readonly databases: Databases;
  readonly tallies: readonly SideTally[];
}

/** The drill: both sides at the same time, each with a worker and services of its own. */
export class OrderDrill implements Watched {
  readonly #timeline: Timeline;
  readonly #sides: readonly Side[];
  readonly #broken = new AbortController();
  #startAt = Infinity;

  constructor({ tallies, databases, ...parts }: OrderDrillParts) {
    this.#timeline = parts.timeline;
    const onFailure = (error: Error): void => {
      this.#broken.abort(error);
    };
    this.#sides = tallies.map((tally) => {
      const { kind } = tally;
      return new Side({ ...parts, kind, database: databases.place(kind), tally, onFailure });
    });
  }

  get elapsed(): number {
    return Math.max(0, sharedNow() - this.#startAt);
  }

  /**
   * Runs the drill until all orders have come to their end, or the signal aborts; then none of its
   * processes is left. Rejects where one of them fails.
   */
  async run(signal: AbortSignal): Promise<void> {
    const ending = AbortSignal.any([signal, this.#broken.signal]);
    try {
      if (!ending.aborted) await Promise.race([this.#play(ending), once(ending, 'abort')]);
    } finally {
      await Promise.all(this.#sides.map((side) => side.end()));
    }
    this.#broken.signal.throwIfAborted();
  }

  async #play(ending: AbortSignal): Promise<void> {
    await Promise.all(this.#sides.map((side) => side.prepare()));
    this.#startAt = sharedNow();
    for (const side of this.#sides) side.begin(this.#startAt);
    while (!ending.aborted && this.elapsed < this.#timeline.latest) {
      this.#advance(this.elapsed);
      for (const side of this.#sides) side.tick(this.elapsed);
      if (this.#sides.every(({ isOver }) => isOver)) return;
      await sleep(tickMs);
    }
  }

  /** The payment service goes down and comes back, once it is time and both sides are through. */
  #advance(elapsed: number): void {
    const timeline = this.#timeline;
    const phase = timeline.phaseAt(elapsed);
    if (!this.#sides.every((side) => side.isThroughWith(phase))) return;
    if (phase === 'healthy' && elapsed >= timeline.calmMs) {
      timeline.outageFrom = elapsed;
      this.#enter('outage');
    } else if (phase === 'outage' && elapsed >= timeline.outageFrom + timeline.outageMs) {
      timeline.outageTo = elapsed;
      this.#enter('recovery');
    }
  }

  #enter(phase: Phase): void {
    for (const side of this.#sides) side.enter(phase);
  }
}
