import { setTimeout as sleep } from 'node:timers/promises';

/** Retries as they are often written: on any error, a fixed number of times, after a short fixed wait. */
export async function naiveRetries<T>(
  attempt: () => Promise<T>,
  retries: number,
  delay: number,
): Promise<T> {
  for (let left = retries; ; left--) {
    try {
      return await attempt();
    } catch (error) {
      if (left === 0) throw error;
      await sleep(delay);
    }
  }
}
