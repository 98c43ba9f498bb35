import { createFetch } from '@highway/http';
import { seededRandom } from '@highway/resilience/testing';
import { describe, expect, it } from 'vitest';
import { useOrigin } from '../support/origin.ts';
import { inParallel, isFull } from './parameters.ts';

const origin = useOrigin();

describe('hedges', () => {
  it('hide the hundredth of the answers that never come, and close their connections', async () => {
    const random = seededRandom(7);
    const client = createFetch({
      hedge: { delay: isFull ? 100 : 400 },
      attemptTimeout: false,
      totalTimeout: '1h',
    });
    const times: number[] = [];
    const slow: string[] = [];
    const calls = isFull ? 5_000 : 500;
    await inParallel(calls, 5, async () => {
      const isSlow = random() < 0.01;
      const url = origin.url(isSlow ? { hang: true } : {}, {});
      if (isSlow) slow.push(url);
      const startedAt = performance.now();
      expect(await (await client(url)).text()).toBe('200');
      times.push(performance.now() - startedAt);
    });
    for (const url of slow) {
      while ((await origin.counts(url)).arrivals[0]!.closedEarlyAt === undefined);
    }
    const { hedges } = client.stats();
    expect(hedges).toBeGreaterThanOrEqual(slow.length);
    if (!isFull) return;
    const closings = await Promise.all(
      slow.map(async (url) => {
        const [loser, winner] = (await origin.counts(url)).arrivals;
        return loser!.closedEarlyAt! - winner!.at;
      }),
    );
    const p99 = times.sort((a, b) => a - b)[Math.floor(calls * 0.99)]!;
    console.log(
      `p99 ${p99.toFixed(0)} ms, ${((hedges / calls) * 100).toFixed(1)} % more requests, losers closed within ${Math.max(...closings).toFixed(0)} ms`,
    );
  }, 300_000);
});
