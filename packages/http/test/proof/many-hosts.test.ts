import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createFetch } from '@highway/http';
import type { HttpFetch } from '@highway/http';
import { consecutive } from '@highway/resilience';
import { describe, expect, it } from 'vitest';
import { isFull } from './parameters.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const hosts = isFull ? 50_000 : 5_000;
const urlOf = (host: number): string => `http://host-${host}.test/`;

/** No network: this is about what is kept for hosts. */
function setUp(isDown: (url: string) => boolean) {
  return createFetch({
    retry: false,
    breaker: { failureThreshold: consecutive(1), cooldown: '1h' },
    fetch: (input) =>
      Promise.resolve(new Response(null, { status: isDown(input as string) ? 500 : 200 })),
  });
}

/** Calls each host once. Garbage is only collected in between. */
async function callAll(client: HttpFetch, from: number, to: number): Promise<void> {
  for (let host = from; host < to; host++) {
    await client(urlOf(host));
    if (host % 100 === 0) await nextTurn();
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function heap(): Promise<number> {
  for (let turn = 0; turn < 5; turn++) {
    collect();
    await nextTurn();
  }
  return process.memoryUsage().heapUsed;
}

describe('many hosts', () => {
  it('have 1,000 circuits at most, and push out no open one', async () => {
    const down = new Set(Array.from({ length: 500 }, (_, host) => urlOf(host)));
    const client = setUp((url) => down.has(url));
    // The engine compiles what it needs for any client.
    await callAll(
      setUp(() => true),
      0,
      200,
    );
    const before = await heap();
    await callAll(client, 0, hosts);
    const bytes = (await heap()) - before;
    const circuits = client.circuits();
    expect(circuits.length).toBe(1_000);
    expect(Object.keys(client.stats().byOrigin).length).toBe(1_000);
    const open = circuits.filter(({ state }) => state === 'OPEN').map(({ key }) => `${key}/`);
    expect(new Set(open)).toEqual(down);
    if (isFull) console.log(`${hosts} hosts: ${(bytes / 1e6).toFixed(1)} MB`);
    expect(bytes).toBeLessThan(5_000_000);
  }, 300_000);

  it('share a circuit if 1,000 are open', async () => {
    const client = setUp((url) => Number(/\d+/.exec(url)![0]) < 1_000);
    const time = async (from: number, to: number): Promise<number> => {
      const startedAt = performance.now();
      await callAll(client, from, to);
      return ((performance.now() - startedAt) / (to - from)) * 1_000;
    };
    const first = await time(0, 1_000);
    const further = await time(1_000, hosts);
    if (isFull)
      console.log(
        `a new host: ${first.toFixed(0)} µs, with 1,000 open circuits ${further.toFixed(0)} µs`,
      );
    const circuits = client.circuits();
    expect(circuits.filter(({ state }) => state === 'OPEN').length).toBe(1_000);
    expect(circuits.at(-1)).toEqual({ key: '(overflow)', state: 'CLOSED', retryAfter: 0 });
    expect(circuits.length).toBe(1_001);
  }, 300_000);
});
