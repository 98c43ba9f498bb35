import assert from 'node:assert/strict';
import type { HttpCase } from '../http-case.ts';
import { ScriptedServer, status } from '../server.ts';

const area = 'Outages';

export const outages: readonly HttpCase[] = [
  {
    area,
    title: 'While a service is down, it gets no more requests than calls are made',
    source: 'retry storms',
    async run(open) {
      await using server = await ScriptedServer.open(status(503));
      const client = open({ protect: true });
      for (let i = 0; i < 100; i++) await client.ask(server.url).catch(() => undefined);
      const requests = server.arrivals.length;
      assert.ok(requests <= 100, `100 calls made ${String(requests)} requests`);
    },
  },
  {
    area,
    title: 'One origin that is down does not keep calls to another from being made',
    source: 'one breaker for a whole client',
    async run(open) {
      await using down = await ScriptedServer.open(status(503));
      await using up = await ScriptedServer.open(status(200));
      const client = open({ protect: true });
      for (let i = 0; i < 30; i++) await client.ask(down.url).catch(() => undefined);
      assert.equal((await client.ask(up.url)).status, 200);
    },
  },
];
