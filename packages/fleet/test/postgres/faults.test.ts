import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Notice } from '@highway/fleet';
import type { PostgresStore } from '@highway/fleet/postgres';
import { send } from '../../src/testing/conversation.ts';
import { command, Database, heartbeat } from './database.ts';

const timeout = 120_000;
const patience = { timeout: 30_000 };

/** Subscribes; returns the notices as epoch and state. */
async function listen(store: PostgresStore): Promise<string[]> {
  const heard: string[] = [];
  await store.subscribe(({ version, state }: Notice) => {
    heard.push(`${String(version.epoch)} ${state}`);
  });
  return heard;
}

describe('a PostgresStore', { timeout }, () => {
  let database: Database;

  beforeAll(async () => {
    database = await Database.start();
  }, timeout);

  afterAll(() => database[Symbol.asyncDispose]());

  it('receives notices again after its connection was killed, without a query', async () => {
    const connectionString = `${database.server.url}?application_name=ear`;
    const heard = await listen(database.store({ connectionString, schema: 'killed' }));
    const other = database.store({ schema: 'killed' });
    await other.exchange([command('isolate')]);
    await expect.poll(() => heard, patience).toEqual(['1 ISOLATED']);
    const [killed] = await database.run(
      `SELECT count(pg_terminate_backend(pid))::int AS count FROM pg_stat_activity
        WHERE application_name = 'ear'`,
    );
    expect(killed).toEqual({ count: 1 });
    // The exchange after it has reconnected and subscribed.
    const asked = `SELECT FROM pg_stat_activity
      WHERE application_name = 'ear' AND query = 'SELECT 1' AND state = 'idle'`;
    await expect.poll(() => database.run(asked), patience).toHaveLength(1);
    await other.exchange([command('release')]);
    await expect.poll(() => heard, patience).toEqual(['1 ISOLATED', '2 CLOSED']);
  });

  it('works again with the next exchange after its connection was killed', async () => {
    const store = database.store({ schema: 'next' });
    await store.exchange([heartbeat('a')]);
    await database.run(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%"next".exchange%'
        AND pid <> pg_backend_pid()`,
    );
    await expect.poll(async () => answers(store), patience).toBe(true);
  });

  it('writes again soon after a read-only server accepts writes', async () => {
    const admin = await database.connect();
    await database.store({ schema: 'written' }).exchange([heartbeat('a')]);
    await admin.query('ALTER DATABASE postgres SET default_transaction_read_only = on');
    const store = database.store({ schema: 'written' });
    for (let i = 0; i < 3; i++) {
      await expect(store.exchange([heartbeat('a')])).rejects.toThrow('read-only transaction');
    }
    await admin.query('ALTER DATABASE postgres RESET default_transaction_read_only');
    await admin.end();
    await expect.poll(() => answers(store), patience).toBe(true);
  });

  it('never sends a query that nobody waits for any more when its turn comes', async () => {
    const store = database.store({ schema: 'withdrawn' });
    const waits = new AbortController();
    const first = store.exchange([heartbeat('a')]);
    const second = store.exchange([heartbeat('ghost')], waits.signal);
    waits.abort(new Error('left'));
    await expect(second).rejects.toThrow('left');
    await first;
    expect(await store.view()).toMatchObject([{ memberIds: ['a'] }]);
  });

  it('uses no client of the pool that it was given, even if the pool is busy', async () => {
    const pool = new pg.Pool({ connectionString: database.server.url, max: 1 });
    const busy = await pool.connect();
    const store = database.store({ pool, schema: 'pooled' });
    const heard = await listen(store);
    await store.exchange([command('isolate')]);
    expect(await store.view()).toHaveLength(1);
    await expect.poll(() => heard, patience).toEqual(['1 ISOLATED']);
    expect(pool.totalCount).toBe(1);
    expect(pool.waitingCount).toBe(0);
    busy.release();
    await pool.end();
  });

  it('ignores messages on its channel that no fleet sends', async () => {
    const store = database.store({ schema: 'noise' });
    const heard = await listen(store);
    await database.run(`NOTIFY noise; NOTIFY noise, '{'; NOTIFY noise, '{"circuit": 7}'`);
    await store.exchange([command('isolate')]);
    await expect.poll(() => heard, patience).toEqual(['1 ISOLATED']);
  });

  it('tries new connections while the server hangs, and receives notices again afterwards', async () => {
    const store = database.store({ schema: 'paused', timeout: 200 });
    const heard = await listen(store);
    await store.exchange([heartbeat('a')]);
    database.server.pause();
    try {
      for (let i = 0; i < 3; i++) {
        await expect(store.exchange([heartbeat('a')])).rejects.toThrow(/within 200 ms|timeout/);
      }
    } finally {
      database.server.resume();
    }
    await expect.poll(() => answers(store), patience).toBe(true);
    await database.store({ schema: 'paused' }).exchange([command('isolate')]);
    await expect.poll(() => heard, patience).toEqual(['1 ISOLATED']);
  });

  it('keeps states through a crash of the server, and members return with their next message', async () => {
    const store = database.store({ schema: 'crash' });
    const heard = await listen(store);
    await store.exchange([heartbeat('a'), command('isolate', 'search')]);
    await store.exchange([heartbeat('b')]);
    const { version, stamp } = await send(store, heartbeat('c'));
    const quiet = heartbeat('c', { version, quiet: stamp });
    expect(await store.exchange([quiet])).toMatchObject([{ unchanged: true, members: 3 }]);
    await database.server.kill();
    await expect(store.exchange([heartbeat('a')])).rejects.toThrow();
    await database.server.restart();
    await expect.poll(() => answers(store, quiet), patience).toBe(true);
    const [payments, search] = await store.view();
    expect(payments).toMatchObject({ memberIds: ['c'], state: 'CLOSED' });
    const others = heartbeat('a', { version, quiet: stamp });
    expect(await store.exchange([others])).toMatchObject([{ state: 'CLOSED', members: 2 }]);
    expect(search).toMatchObject({ state: 'ISOLATED', version: { epoch: 1 } });
    await store.exchange([command('release', 'search')]);
    await expect.poll(() => heard, patience).toContain('2 CLOSED');
  });

  it('starts again on a server that comes back empty', async () => {
    const store = database.store({ schema: 'empty' });
    await store.exchange([command('isolate')]);
    await database.server.restart({ empty: true });
    await expect.poll(() => answers(store), patience).toBe(true);
    expect(await store.view()).toMatchObject([{ circuit: 'payments', state: 'CLOSED' }]);
  });

  it('rejects queries after it is closed, and leaves no connection', async () => {
    const store = database.store({ schema: 'closed' });
    await listen(store);
    await store.close();
    await store.close();
    await expect(store.view()).rejects.toThrow('The PostgresStore is closed');
    await expect(store.subscribe(() => undefined)).rejects.toThrow('is closed');
    await expect
      .poll(
        () => database.run(`SELECT FROM pg_stat_activity WHERE query = 'LISTEN "closed"'`),
        patience,
      )
      .toEqual([]);
  });
});

async function answers(store: PostgresStore, message = heartbeat('a')): Promise<boolean> {
  try {
    await store.exchange([message]);
    return true;
  } catch {
    return false;
  }
}
