import { createFetch } from '@highway/http';
import { systemClock } from '@highway/resilience';
import { ManualClock, seededRandom } from '@highway/resilience/testing';
import { describe, expect, it } from 'vitest';
import { useOrigin } from '../support/origin.ts';
import { inParallel, isFull } from './parameters.ts';

const origin = useOrigin();

describe('Retry-After', () => {
  it('is never early by the timers of the host', async () => {
    const waits: number[] = [];
    await inParallel(isFull ? 1_000 : 50, 50, async () => {
      let answeredAt = Number.NaN;
      const client = createFetch({
        async fetch(input, init) {
          if (!Number.isNaN(answeredAt)) waits.push(systemClock.now() - answeredAt);
          const response = await fetch(input, init);
          answeredAt = systemClock.now();
          return response;
        },
      });
      const url = origin.url({ status: 503, headers: { 'retry-after': '1' } }, {});
      expect((await client(url)).status).toBe(200);
    });
    const early = waits.filter((wait) => wait < 1_000);
    if (isFull)
      console.log(
        `${waits.length} waits: ${early.length} early, the shortest ${Math.min(...waits).toFixed(3)} ms`,
      );
    expect([waits.length, early]).toEqual([isFull ? 1_000 : 50, []]);
  });

  it('is never early by any clock', async () => {
    const random = seededRandom(4);
    for (let call = 0; call < 1_000; call++) {
      const clock = new ManualClock({ wallStart: 1_700_000_000_000 + Math.floor(random() * 1e6) });
      const seconds = 1 + Math.floor(random() * 20);
      const asDate = random() < 0.5;
      const date = new Date(clock.wallNow() + seconds * 1_000);
      const value = asDate ? date.toUTCString() : String(seconds);
      const leastMs = asDate ? Date.parse(value) - clock.wallNow() : seconds * 1_000;
      const starts: number[] = [];
      const client = createFetch({
        clock,
        random,
        totalTimeout: '1m',
        fetch: () => {
          starts.push(clock.now());
          const isFirst = starts.length === 1;
          const status = isFirst ? 429 : 200;
          return Promise.resolve(
            new Response(null, { status, headers: isFirst ? { 'retry-after': value } : {} }),
          );
        },
      });
      const answer = client('http://service.test/');
      while (starts.length < 2) await clock.advance(random() * 700);
      expect(starts[1]! - starts[0]!).toBeGreaterThanOrEqual(leastMs);
      expect((await answer).status).toBe(200);
    }
  }, 300_000);
});
