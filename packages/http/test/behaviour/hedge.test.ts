import { createFetch } from '@highway/http';
import { Backoff } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import { describe, expect, it } from 'vitest';
import { useOrigin } from '../support/origin.ts';
import { probe } from '../support/probe.ts';

const origin = useOrigin();

function setUp() {
  const clock = new ManualClock();
  const attempts = probe(clock);
  const { fetch } = attempts;
  const client = createFetch({
    clock,
    fetch,
    hedge: { delay: 200 },
    retry: { backoff: Backoff.none },
  });
  const arrived = async (url: string, count: number): Promise<void> => {
    while ((await origin.counts(url)).arrivals.length < count);
  };
  return { clock, attempts, client, arrived };
}

describe('a hedged request', () => {
  it('is sent again while the first attempt is slow, and the loser is closed', async () => {
    const { clock, client, arrived } = setUp();
    const url = origin.url({ hang: true }, { status: 200 });
    const call = client(url);
    await arrived(url, 1);
    await clock.advance(200);
    expect(await (await call).text()).toBe('200');
    while ((await origin.counts(url)).arrivals[0]!.closedEarlyAt === undefined);
    expect(client.stats()).toMatchObject({ calls: 1, attempts: 2, retries: 0, hedges: 1 });
    expect(client.circuits()[0]!.state).toBe('CLOSED');
  });

  it('is never a POST, even with a key', async () => {
    const { clock, client, arrived } = setUp();
    const url = origin.url({ hang: true }, { status: 200 });
    const controller = new AbortController();
    const call = client(url, {
      method: 'POST',
      idempotencyKey: true,
      signal: controller.signal,
    }).catch(() => 'aborted');
    await arrived(url, 1);
    await clock.advance('5s');
    controller.abort();
    expect([await call, (await origin.counts(url)).arrivals.length]).toEqual(['aborted', 1]);
  });

  it('that fails is retried, and never hedged at once', async () => {
    const { client } = setUp();
    const url = origin.url({ status: 503 }, { status: 200 });
    expect((await client(url)).status).toBe(200);
    expect(client.stats()).toMatchObject({ attempts: 2, retries: 1, hedges: 0 });
  });
});
