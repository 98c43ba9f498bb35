/**
 * A bucket of tokens as its description reads: filled as time passes, up to the burst. Exact, since
 * it counts in whole units: a token is `per · scale` of them, and `limit` come in each 1/scale ms.
 */
export class RateLimiterModel {
  readonly #scale: number;
  readonly #limit: number;
  readonly #token: number;
  readonly #capacity: number;
  readonly #maxWait: number;
  #level: number;
  queue: number[] = [];
  log: string[] = [];

  constructor(
    rules: { limit: number; per: number; burst: number; maxWait: number },
    scale: number,
  ) {
    this.#scale = scale;
    this.#limit = rules.limit;
    this.#token = rules.per * scale;
    this.#capacity = rules.burst * this.#token;
    this.#maxWait = rules.maxWait;
    this.#level = this.#capacity;
  }

  /** How long a call that comes now would wait, in ms. */
  get wait(): number {
    const missing = (this.queue.length + 1) * this.#token - this.#level;
    return Math.max(0, missing / (this.#limit * this.#scale));
  }

  /** How many could begin now. */
  get available(): number {
    return this.queue.length > 0 ? 0 : Math.floor(this.#level / this.#token);
  }

  enter(id: number): void {
    const missing = (this.queue.length + 1) * this.#token - this.#level;
    if (missing <= 0) {
      this.#level -= this.#token;
      this.log.push(`${id} runs`);
    } else if (this.#maxWait > 0 && missing <= this.#maxWait * this.#scale * this.#limit) {
      this.queue.push(id);
    } else {
      this.log.push(`${id} is rejected, ${this.wait.toFixed(3)}`);
    }
  }

  /** Takes a permit; false where there is none. */
  acquire(): boolean {
    if (this.available === 0) return false;
    this.#level -= this.#token;
    return true;
  }

  refund(): void {
    // Whoever waits has it from the bucket, which holds no more than it can.
    this.#level = Math.min(this.#level + this.#token, this.#capacity);
    this.#serve();
  }

  cancel(id: number): void {
    if (!this.queue.includes(id)) return;
    this.queue = this.queue.filter((other) => other !== id);
    this.log.push(`${id} is cancelled`);
  }

  /** Time passes, in units of 1/scale ms. */
  advance(units: number): void {
    this.#level += units * this.#limit;
    this.#serve();
  }

  #serve(): void {
    while (this.queue.length > 0 && this.#level >= this.#token) {
      this.#level -= this.#token;
      this.log.push(`${this.queue.shift()!} runs`);
    }
    this.#level = Math.min(this.#level, this.#capacity);
  }
}
