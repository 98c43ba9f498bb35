import { createFetch } from '@highway/http';
import { describe, expect, it } from 'vitest';
import { useOrigin } from '../support/origin.ts';
import { isFull } from './parameters.ts';

const origin = useOrigin();

describe('a long upload', () => {
  it('is sent once, and never kept in memory', async () => {
    const bytes = (isFull ? 200 : 40) * 1_000_000;
    const client = createFetch();
    const before = process.memoryUsage().rss;
    let peak = before;
    let left = bytes;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const size = Math.min(left, 100_000);
        left -= size;
        if (size === 0) controller.close();
        else controller.enqueue(new Uint8Array(size));
        peak = Math.max(peak, process.memoryUsage().rss);
      },
    });
    const url = origin.url({ status: 503 });
    const response = await client(url, { method: 'PUT', body });
    expect(response.status).toBe(503);
    const { arrivals } = await origin.counts(url);
    expect(arrivals.map((each) => each.bytes)).toEqual([bytes]);
    if (isFull)
      console.log(`${bytes / 1e6} MB: ${((peak - before) / 1e6).toFixed(0)} MB more at most`);
    expect(peak - before).toBeLessThan(60_000_000);
  }, 300_000);
});
