import { setTimeout as sleep } from 'node:timers/promises';

/** A service that is down at first, then takes so many calls at once, and each takes its time. */
export class ScriptedService {
  calls = 0;
  whileDown = 0;
  overloads = 0;
  /** When it comes up, on the monotonic clock. */
  upAt = Infinity;
  readonly #capacity = 25;
  readonly #takesMs = 20;
  #active = 0;
  #started = 0;

  /**
   * A workflow has started. Once all have, the service stays down for so many ms: however long it
   * takes to start them, all of them see that much of the outage.
   */
  started(total: number, downMs: number): void {
    this.#started += 1;
    if (this.#started === total) this.upAt = performance.now() + downMs;
  }

  async call(): Promise<string> {
    this.calls += 1;
    if (performance.now() < this.upAt) {
      this.whileDown += 1;
      throw new Error('503 down');
    }
    if (this.#active >= this.#capacity) {
      this.overloads += 1;
      throw new Error('503 overload');
    }
    this.#active += 1;
    try {
      await sleep(this.#takesMs);
      return 'done';
    } finally {
      this.#active -= 1;
    }
  }
}

/** What an outage came to. */
export interface OutageResult {
  readonly calls: number;
  readonly whileDown: number;
  readonly overloads: number;
  readonly lost: number;
  /** How long after the recovery the last workflow was done, in ms. */
  readonly lastAfterMs: number;
}

/** Sums up an outage. */
export function outageResult(service: ScriptedService, lost: number): OutageResult {
  const { calls, whileDown, overloads, upAt } = service;
  return { calls, whileDown, overloads, lost, lastAfterMs: Math.round(performance.now() - upAt) };
}
