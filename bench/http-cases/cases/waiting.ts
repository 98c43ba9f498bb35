import assert from 'node:assert/strict';
import type { HttpCase, Open } from '../http-case.ts';
import { inTurn, ScriptedServer, status } from '../server.ts';
import type { Reply } from '../server.ts';

const area = 'How long it waits';

/** The time between the first two attempts, in ms. */
async function pauseAfter(
  open: Open,
  code: number,
  headers: () => Record<string, string>,
): Promise<number> {
  const answer: Reply = (response) => {
    status(code, headers())(response);
  };
  await using server = await ScriptedServer.open(inTurn(answer, status(200)));
  const { status: ended } = await open().ask(server.url);
  assert.equal(ended, 200);
  const [first, second] = server.arrivals;
  assert.ok(second !== undefined, 'it made no second attempt');
  return second.at - first!.at;
}

const nowSeconds = (): number => Date.now() / 1000;

export const waiting: readonly HttpCase[] = [
  {
    area,
    title: 'Retry-After in seconds is honoured, and never cut short',
    source: 'Microsoft.Extensions.Http.Resilience: up to 11 ms early',
    async run(open) {
      const paused = await pauseAfter(open, 503, () => ({ 'retry-after': '1' }));
      assert.ok(paused >= 1000, `it came back after ${paused.toFixed(1)} ms`);
    },
  },
  {
    area,
    title: 'Retry-After as a date is honoured',
    source: 'RFC 9110',
    async run(open) {
      let due = 0;
      const paused = await pauseAfter(open, 503, () => {
        due = Math.ceil(nowSeconds() + 1) * 1000;
        return { 'retry-after': new Date(due).toUTCString() };
      });
      assert.ok(paused >= 990, `it came back after ${paused.toFixed(1)} ms`);
    },
  },
  {
    area,
    title: 'RateLimit with nothing left (IETF draft 10) is honoured',
    source: 'draft-ietf-httpapi-ratelimit-headers',
    async run(open) {
      const paused = await pauseAfter(open, 429, () => ({ ratelimit: '"default";r=0;t=1' }));
      assert.ok(paused >= 1000, `it came back after ${paused.toFixed(1)} ms`);
    },
  },
  {
    area,
    title: 'X-RateLimit-Reset as an epoch is honoured',
    source: 'the API of GitHub',
    async run(open) {
      const paused = await pauseAfter(open, 429, () => ({
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': String(Math.ceil(nowSeconds() + 1)),
      }));
      assert.ok(paused >= 900, `it came back after ${paused.toFixed(1)} ms`);
    },
  },
  {
    area,
    title:
      'A Retry-After that does not fit into the time of the call hands the answer back at once',
    source: 'dotnet/extensions #7701',
    async run(open) {
      await using server = await ScriptedServer.open(
        inTurn(status(503, { 'retry-after': '3600' })),
      );
      const started = performance.now();
      const answer = await open({ totalTimeoutMs: 2000 }).ask(server.url);
      assert.equal(answer.status, 503);
      const took = performance.now() - started;
      assert.ok(took < 1000, `it took ${took.toFixed(0)} ms`);
      assert.equal(server.arrivals.length, 1);
    },
  },
  {
    area,
    title: 'After a 429, other calls to the same origin wait too',
    source: 'every client of a rate-limited service',
    async run(open) {
      const limited = status(429, { 'retry-after': '1' });
      await using server = await ScriptedServer.open(inTurn(limited, status(200)));
      const client = open({ pauseOrigin: true });
      const first = client.ask(server.url);
      while (server.arrivals.length === 0) await new Promise(setImmediate);
      await new Promise((resolve) => setTimeout(resolve, 100));
      await Promise.all([first, client.ask(server.url)]);
      const [limit, ...others] = server.arrivals.map(({ at }) => at);
      const early = others.filter((at) => at - limit! < 1000).length;
      assert.equal(early, 0, `${String(early)} requests came within the pause`);
    },
  },
  {
    area,
    title: 'An abort ends a wait between two attempts at once, with its own reason',
    source: 'seen in got, axios-retry',
    async run(open) {
      const answer = status(503, { 'retry-after': '5' });
      await using server = await ScriptedServer.open(inTurn(answer));
      const controller = new AbortController();
      const reason = new Error('not needed any more');
      const started = performance.now();
      const call = open().ask(server.url, { signal: controller.signal });
      while (server.arrivals.length === 0) await new Promise(setImmediate);
      await new Promise((resolve) => setTimeout(resolve, 100));
      controller.abort(reason);
      const error = await call.then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      assert.ok(error === reason, `the caller gets ${String(error)}`);
      const took = performance.now() - started;
      assert.ok(took < 1500, `it took ${took.toFixed(0)} ms`);
    },
  },
];
