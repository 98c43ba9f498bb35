interface Waiting {
  readonly id: number;
  readonly until: number;
}

/** A bulkhead as its description reads: two lists, gone through one by one. */
export class BulkheadModel {
  readonly #maxConcurrent: number;
  readonly #maxQueued: number;
  readonly #maxWait: number;
  running: number[] = [];
  queue: Waiting[] = [];
  /** What happened since it was last asked, in order. */
  log: string[] = [];

  constructor(rules: { maxConcurrent: number; maxQueued: number; maxWait: number }) {
    this.#maxConcurrent = rules.maxConcurrent;
    this.#maxQueued = rules.maxQueued;
    this.#maxWait = rules.maxWait;
  }

  enter(id: number, now: number, canWait: boolean): void {
    if (this.running.length < this.#maxConcurrent && this.queue.length === 0) {
      this.running.push(id);
      if (canWait) this.log.push(`${id} runs`);
    } else if (canWait && this.queue.length < this.#maxQueued && this.#maxWait > 0) {
      this.queue.push({ id, until: now + this.#maxWait });
    } else if (canWait) {
      this.log.push(`${id} is rejected`);
    }
  }

  /** The function ended, or the permit was settled. */
  leave(id: number): void {
    this.running = this.running.filter((other) => other !== id);
    while (this.running.length < this.#maxConcurrent) {
      const next = this.queue.shift();
      if (next === undefined) return;
      this.running.push(next.id);
      this.log.push(`${next.id} runs`);
    }
  }

  /** The caller gave up; what runs goes on. */
  cancel(id: number): void {
    if (!this.queue.some((waiting) => waiting.id === id)) return;
    this.queue = this.queue.filter((waiting) => waiting.id !== id);
    this.log.push(`${id} is cancelled`);
  }

  advance(now: number): void {
    for (const { id, until } of this.queue) if (until <= now) this.log.push(`${id} is rejected`);
    this.queue = this.queue.filter(({ until }) => until > now);
  }
}
