import assert from 'node:assert/strict';
import type { HttpCase } from '../http-case.ts';
import { inTurn, reset, ScriptedServer, status } from '../server.ts';

const area = 'Bodies and connections';

function streamOf(text: string): ReadableStream<Uint8Array> {
  return new Blob([text]).stream();
}

/** The abort listeners of a signal, from now on. */
function watchListeners(signal: AbortSignal): ReadonlySet<unknown> {
  const listeners = new Set<unknown>();
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners.add(args[1]);
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners.delete(args[1]);
    remove(...args);
  };
  return listeners;
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export const bodies: readonly HttpCase[] = [
  {
    area,
    title: 'A form with a file is sent again as a whole',
    source: 'ky #803',
    async run(open) {
      await using server = await ScriptedServer.open(inTurn(status(503), status(200)));
      const body = new FormData();
      body.set('file', new Blob(['x'.repeat(10_000)]), 'file.txt');
      const { status: code } = await open().ask(server.url, { method: 'PUT', body });
      assert.equal(code, 200);
      const sizes = server.arrivals.map((arrival) => /x{10000}/.test(arrival.body));
      assert.deepEqual(sizes, [true, true]);
    },
  },
  {
    area,
    title: 'A streamed body that was sent is never sent again cut or empty',
    source: 'seen in axios-retry',
    async run(open) {
      await using server = await ScriptedServer.open(inTurn(reset, status(200)));
      const body = (): ReadableStream<Uint8Array> => streamOf('x'.repeat(10_000));
      const ended = await open()
        .ask(server.url, { method: 'PUT', body })
        .then(
          ({ status: code }) => code,
          () => 'error',
        );
      const whole = server.arrivals.every((arrival) => arrival.body.length === 10_000);
      assert.ok(whole, `bodies of ${server.arrivals.map((each) => each.body.length).join(', ')}`);
      assert.equal(ended, server.arrivals.length > 1 ? 200 : 'error');
    },
  },
  {
    area,
    title: 'A body that takes longer than the timeout of an attempt is not cut',
    source: 'timeouts that cover the body',
    async run(open) {
      await using server = await ScriptedServer.open((response) => {
        void (async () => {
          response.writeHead(200);
          for (let i = 0; i < 6; i++) {
            response.write('part ');
            await sleep(100);
          }
          response.end('end');
        })();
      });
      const answer = await open({ attemptTimeoutMs: 300 }).ask(server.url);
      assert.equal(await answer.text(), 'part part part part part part end');
    },
  },
  {
    area,
    title: 'A body that stalls does not hang for ever, even if the call has no other timeout',
    source: 'servers that die in the middle of a body',
    async run(open) {
      await using server = await ScriptedServer.open((response) => {
        response.writeHead(200, { 'content-length': '100' }).write('part');
      });
      const answer = open({ bodyTimeoutMs: 200, maxRetries: 0 }).ask(server.url);
      const read = answer.then((each) => each.text());
      const late = sleep(3000).then(() => 'late');
      const ended = await Promise.race([read.catch(() => 'error'), late]);
      assert.equal(ended, 'error');
    },
  },
  {
    area,
    title: 'Retries of answers with large bodies do not use up a small pool of connections',
    source: 'undici: unread answers hold their sockets',
    async run(open) {
      const large = 'x'.repeat(70_000);
      await using server = await ScriptedServer.open((response, number) => {
        status(number % 4 === 0 ? 200 : 503, {}, large)(response);
      });
      const client = open({ connections: 2 });
      const calls = Array.from({ length: 20 }, () =>
        client.ask(server.url).then((answer) => answer.text()),
      );
      const ended = await Promise.race([Promise.all(calls).then(() => 'all'), sleep(8000)]);
      assert.equal(ended, 'all', 'the pool stalled');
      assert.ok(server.connections <= 6, `${String(server.connections)} connections were made`);
    },
  },
  {
    area,
    title: 'Nothing is left on a signal that lives longer than the calls',
    source: 'AbortSignal.any',
    async run(open) {
      await using server = await ScriptedServer.open(status(200));
      const { signal } = new AbortController();
      const listeners = watchListeners(signal);
      const client = open();
      for (let i = 0; i < 20; i++) await (await client.ask(server.url, { signal })).text();
      await sleep(50);
      assert.ok(listeners.size <= 1, `${String(listeners.size)} listeners are left`);
    },
  },
];
