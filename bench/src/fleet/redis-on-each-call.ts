import type { Redis } from 'ioredis';

/**
 * What is written where nothing better is at hand: a breaker that all processes share, since it
 * reads its state from Redis before each call, and writes each outcome there.
 */
export class RedisOnEachCall {
  readonly #client: Redis;
  readonly #key: string;

  constructor(client: Redis, key: string) {
    this.#client = client;
    this.#key = key;
  }

  async execute<T>(fn: () => Promise<T>): Promise<T> {
    if ((await this.#client.get(`${this.#key}:open`)) !== null) throw new Error('open');
    try {
      const result = await fn();
      await this.#client.hincrby(this.#key, 'successes', 1);
      return result;
    } catch (error) {
      const failures = await this.#client.hincrby(this.#key, 'failures', 1);
      if (failures >= 50) await this.#client.set(`${this.#key}:open`, '1', 'PX', 30_000);
      throw error;
    }
  }
}
