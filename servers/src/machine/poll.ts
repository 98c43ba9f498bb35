import { setTimeout as sleep } from 'node:timers/promises';

const pauseMs = 20;

/**
 * Polls until the condition is true.
 *
 * @param what completes the sentence "waited … s for" in the error after a timeout
 */
export async function pollUntil(
  what: string,
  withinMs: number,
  isDone: () => boolean | Promise<boolean>,
): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await isDone())) {
    if (performance.now() > end) throw new Error(`waited ${withinMs / 1000} s for ${what}`);
    await sleep(pauseMs);
  }
}
