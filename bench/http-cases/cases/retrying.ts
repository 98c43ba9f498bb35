import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Ask } from '../client.ts';
import type { HttpCase, Open } from '../http-case.ts';
import { inTurn, reset, ScriptedServer, status } from '../server.ts';
import type { Reply } from '../server.ts';

const area = 'What is retried';

/** How many requests arrive when the answers come in turn, and the status that the caller gets. */
async function attempts(
  open: Open,
  ask: Ask,
  ...answers: readonly Reply[]
): Promise<[arrivals: number, ended: number | 'error']> {
  await using server = await ScriptedServer.open(inTurn(...answers));
  const ended = await open()
    .ask(server.url, ask)
    .then(
      ({ status: code }) => code,
      () => 'error' as const,
    );
  return [server.arrivals.length, ended];
}

export const retrying: readonly HttpCase[] = [
  {
    area,
    title: 'A POST whose connection is reset after the server has read it is not sent twice',
    source: 'dotnet/extensions #5248',
    async run(open) {
      const post = { method: 'POST', body: 'order' };
      assert.deepEqual(await attempts(open, post, reset, status(200)), [1, 'error']);
    },
  },
  {
    area,
    title: 'A GET whose connection is reset is sent again',
    source: 'RFC 9110, 9.2.2',
    async run(open) {
      assert.deepEqual(await attempts(open, {}, reset, status(200)), [2, 200]);
    },
  },
  {
    area,
    title: 'A POST with an Idempotency-Key is sent again, with the same key',
    source: 'IETF draft Idempotency-Key',
    async run(open) {
      await using server = await ScriptedServer.open(inTurn(reset, status(503), status(201)));
      const headers = { 'idempotency-key': 'order-1' };
      const answer = await open().ask(server.url, { method: 'POST', body: 'order', headers });
      assert.equal(answer.status, 201);
      const keys = server.arrivals.map((arrival) => arrival.headers['idempotency-key']);
      assert.deepEqual(keys, ['order-1', 'order-1', 'order-1']);
    },
  },
  {
    area,
    title: 'A POST that was answered with 503 is not sent again',
    source: 'dotnet/extensions #6548',
    async run(open) {
      const post = { method: 'POST', body: 'order' };
      assert.deepEqual(await attempts(open, post, status(503), status(200)), [1, 503]);
    },
  },
  {
    area,
    title: 'A POST that the server rejected with 429 is sent again: it was not processed',
    source: 'RFC 6585',
    async run(open) {
      const post = { method: 'POST', body: 'order' };
      const limited = status(429, { 'retry-after': '0' });
      assert.deepEqual(await attempts(open, post, limited, status(200)), [2, 200]);
    },
  },
  {
    area,
    title: 'A POST to a port where nobody listens is tried again: it was never sent',
    source: 'RFC 9110, 9.2.2',
    async run(open) {
      const closed = await ScriptedServer.open(status(200));
      const { url } = closed;
      await closed[Symbol.asyncDispose]();
      let attempted = 0;
      const count = (): void => {
        attempted++;
      };
      subscribe('net.client.socket', count);
      try {
        const client = open({ maxRetries: 1 });
        await assert.rejects(client.ask(url, { method: 'POST', body: 'order' }));
      } finally {
        unsubscribe('net.client.socket', count);
      }
      assert.equal(attempted, 2);
    },
  },
  {
    area,
    title: 'A 501 is not retried: it will not get better',
    source: 'RFC 9110',
    async run(open) {
      assert.deepEqual(await attempts(open, {}, status(501), status(200)), [1, 501]);
    },
  },
  {
    area,
    title: 'A GET that gets no headers in time is sent again',
    source: 'any service that hangs',
    async run(open) {
      const silence = (): void => undefined;
      await using server = await ScriptedServer.open(inTurn(silence, status(200)));
      const answer = await open({ attemptTimeoutMs: 100 }).ask(server.url);
      assert.deepEqual([server.arrivals.length, answer.status], [2, 200]);
    },
  },
  {
    area,
    title: 'When retries are used up, the caller can read the body of the last answer',
    source: 'users who show what the server says',
    async run(open) {
      const answers = [1, 2].map((n) => status(503, {}, `problem ${String(n)}`));
      await using server = await ScriptedServer.open(inTurn(...answers));
      const answer = await open({ maxRetries: 1 }).ask(server.url);
      assert.equal(await answer.text(), 'problem 2');
    },
  },
];
