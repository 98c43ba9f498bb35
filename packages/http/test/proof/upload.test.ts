import { createFetch } from '@highway/http';
import type { Fetch } from '@highway/http';
import { describe, expect, it } from 'vitest';
import { useOrigin } from '../support/origin.ts';
import { isFull } from './parameters.ts';

const origin = useOrigin();

const bytes = (isFull ? 200 : 40) * 1_000_000;

/** Uploads with this `fetch`; returns the status, and by how much memory grew at most. */
async function upload(fetch: Fetch, url: string): Promise<[status: number, grown: number]> {
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
  const { status } = await fetch(url, { method: 'PUT', body, duplex: 'half' } as RequestInit);
  return [status, peak - before];
}

describe('a long upload', () => {
  it('is sent once, and takes no more memory than one with the bare fetch', async () => {
    const client = createFetch();
    // What a body takes that nobody has collected yet is taken now.
    const [, bare] = await upload(fetch, origin.url({}));
    const url = origin.url({ status: 503 });
    const [status, grown] = await upload(client, url);
    expect(status).toBe(503);
    const { arrivals } = await origin.counts(url);
    expect(arrivals.map((each) => each.bytes)).toEqual([bytes]);
    if (isFull) {
      const [own, first] = [grown, bare].map((each) => (each / 1e6).toFixed(0));
      console.log(`${bytes / 1e6} MB: ${own} MB more at most, after ${first} MB for a bare fetch`);
    }
    expect(grown).toBeLessThan(60_000_000);
  }, 300_000);
});
