import { systemClock } from '@highway/resilience';
import { startPostgres } from '@highway/servers';
import type { RunningServer } from '@highway/servers';
import { Highway } from '@highway/workflow';
import type { Context } from '@highway/workflow';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/logger.ts';
import { eventually } from '../support/eventually.ts';

let postgres: RunningServer;
let highway: Highway;

const wait = (ms: number): Promise<void> =>
  new Promise((resolve) => void systemClock.setTimeout(resolve, ms));

beforeAll(async () => {
  postgres = await startPostgres();
}, 120_000);

beforeEach(() => {
  highway = new Highway({ name: 'shop', databaseUrl: postgres.url, logger: silentLogger });
});

afterEach(async () => {
  await highway.stop({ drain: 0 });
});

afterAll(async () => {
  await postgres.stop();
});

describe('a run', { timeout: 120_000 }, () => {
  it('receives a signal that was sent while the listener was disconnected, once it reconnects', async () => {
    const ask = highway.workflow('ask', (_: unknown, ctx: Context) => ctx.waitFor('go'));
    await highway.start();
    const run = await ask.start(1);
    await eventually('the run waits', async () => (await run.status()) === 'waiting');
    const client = new Client({ connectionString: postgres.url });
    await client.connect();
    await client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE pid <> pg_backend_pid() AND datname = current_database()`,
    );
    await client.end();
    await wait(200);
    await highway.runs.signal(run.id, 'go', 'gone');
    // Without being woken, it would poll after a minute.
    const result = await Promise.race([run.result(), wait(20_000)]);
    expect(result).toBe('gone');
  });

  it('releases its slot when it is cancelled, even if its step never settles', async () => {
    const deaf = highway.workflow(
      'deaf',
      (id: string, ctx: Context) =>
        ctx.step('hear', () => (id === 'deaf' ? new Promise<never>(() => undefined) : id)),
      { concurrency: 1 },
    );
    await highway.start();
    for (const id of ['first', 'second']) {
      const run = await deaf.start('deaf', { id });
      await wait(100);
      await highway.runs.cancel(run.id);
    }
    const run = await deaf.start('well');
    expect(await Promise.race([run.result(), wait(20_000)])).toBe('well');
  });

  it('releases its slot when it is cancelled, even if the workflow never settles', async () => {
    const deaf = highway.workflow(
      'deaf',
      (id: string) => (id === 'deaf' ? new Promise<string>(() => undefined) : id),
      { concurrency: 1 },
    );
    await highway.start();
    const first = await deaf.start('deaf');
    await wait(100);
    await highway.runs.cancel(first.id);
    const run = await deaf.start('well');
    expect(await Promise.race([run.result(), wait(20_000)])).toBe('well');
  });

  it('ends even if it has more child runs than one process takes on', async () => {
    const walk = highway.workflow(
      'walk',
      async (depth: number, ctx: Context) => {
        if (depth > 0) await ctx.all('next', { a: [walk, depth - 1] as never });
        return depth;
      },
      { maxOpen: 2 },
    );
    await highway.start();
    const run = await walk.start(4);
    expect(await Promise.race([run.result(), wait(30_000)])).toBe(4);
  });

  it('continues after a step that fails before it is awaited', async () => {
    const late = highway.workflow('late', async (_: unknown, ctx: Context) => {
      const audit = ctx.step('audit', () => Promise.reject(new Error('audit is down')));
      await wait(200);
      return audit.catch(() => 'went on without');
    });
    await highway.start();
    expect(await (await late.start(1)).result()).toBe('went on without');
  });

  it('fails if it never awaits a step that fails, and the process survives', async () => {
    const careless = highway.workflow('careless', async (_: unknown, ctx: Context) => {
      void ctx.step('audit', () => Promise.reject(new Error('audit is down')));
      await wait(200);
      return 'done';
    });
    await highway.start();
    await expect((await careless.start(1)).result()).rejects.toThrow('audit is down');
  });
});
