import { createFetch } from '@highway/http';
import { Backoff } from '@highway/resilience';
import { seededRandom } from '@highway/resilience/testing';
import { describe, expect, it } from 'vitest';
import { startOriginServer } from '../support/origin-server.ts';
import type { Step } from '../support/script.ts';
import { inParallel } from './parameters.ts';

const breaks: readonly Step[] = [
  { reset: 'beforeBody' },
  { reset: 'afterBody' },
  { cut: true, bytes: 1_000, headers: { 'content-length': '1000' } },
  { status: 502, cut: true, bytes: 1_000, headers: { 'content-length': '1000' } },
  { status: 503 },
  {},
];

describe('1,000 random resets', () => {
  it('send no request twice that is not idempotent, and every other one until it succeeds', async () => {
    const random = seededRandom(21);
    const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)]!;
    const client = createFetch({
      breaker: false,
      retry: { maxRetries: 20, backoff: Backoff.none, budget: false },
    });
    const server = await startOriginServer();
    const safe = new Map<string, boolean>();
    await inParallel(1_000, 10, async (call) => {
      const method = pick(['POST', 'PATCH', 'PUT', 'DELETE']);
      const hasKey = random() < 0.3;
      const steps = [...Array.from({ length: 10 }, () => pick(breaks)), {}];
      const url = `${server.address}/script/${call}?steps=${JSON.stringify(steps)}`;
      safe.set(String(call), hasKey || method === 'PUT' || method === 'DELETE');
      const body = 'x'.repeat(Math.floor(random() * 10_000));
      const response = await client(url, { method, body, idempotencyKey: hasKey }).catch(
        () => undefined,
      );
      await response?.text().catch(() => undefined);
    });
    let repeated = 0;
    for (const [call, isSafe] of safe) {
      const arrivals = server.arrivals.get(call)!;
      const keys = new Set(arrivals.map(({ headers }) => headers['idempotency-key']));
      expect(arrivals.length === 1 || isSafe).toBe(true);
      expect(keys.size).toBe(1);
      if (arrivals.length > 1) repeated++;
    }
    expect(repeated).toBeGreaterThan(100);
    await server.close();
  }, 900_000);
});
