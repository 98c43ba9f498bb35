import { getHeapStatistics } from 'node:v8';
import type { Loop } from './loop.ts';
import { median } from './statistics.ts';

const batches = 9;
const calls = 1_000;

/**
 * The bytes that one call allocates on the heap. A batch is small enough for the young generation,
 * which is collected just before, so that nothing is collected while it runs.
 */
export async function bytesPerCall(loop: Loop): Promise<number> {
  const found: number[] = [];
  for (let i = 0; i < batches; i++) {
    collectGarbage();
    const before = getHeapStatistics().used_heap_size;
    await loop(calls);
    found.push((getHeapStatistics().used_heap_size - before) / calls);
  }
  return Math.max(0, median(found));
}

/** The bytes of the heap that are in use, all garbage collected. */
export async function bytesInUse(): Promise<number> {
  // What is held weakly, or waits for a finalizer, goes in a later turn.
  for (let i = 0; i < 3; i++) {
    collectGarbage();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return getHeapStatistics().used_heap_size;
}

function collectGarbage(): void {
  if (globalThis.gc === undefined) throw new Error('run it with --expose-gc');
  globalThis.gc();
}
