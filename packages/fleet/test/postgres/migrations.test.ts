import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PostgresSchemaError } from '@highway/fleet/postgres';
import { send } from '../../src/testing/conversation.ts';
import { Database, heartbeat } from './database.ts';

const timeout = 120_000;

describe('the schema of a PostgresStore', { timeout }, () => {
  let database: Database;

  beforeAll(async () => {
    database = await Database.start();
  }, timeout);

  afterAll(() => database[Symbol.asyncDispose]());

  it('is created at the first use, and only once by 20 concurrent processes', async () => {
    const stores = Array.from({ length: 20 }, () => database.store({ schema: 'crowd' }));
    const replies = await Promise.all(
      stores.map((store, i) => store.exchange([heartbeat(`m${String(i)}`)])),
    );
    expect(new Set(replies.map(([reply]) => reply?.version.generation)).size).toBe(1);
    const versions = await database.run('SELECT version FROM crowd.migrations ORDER BY version');
    expect(versions.map(({ version }) => version)).toEqual(versions.map((_, i) => i + 1));
    expect(versions.length).toBeGreaterThan(0);
  });

  it('is not changed by the next process', async () => {
    await database.store({ schema: 'again' }).view();
    const before = await database.run('SELECT * FROM again.migrations');
    await database.store({ schema: 'again' }).view();
    expect(await database.run('SELECT * FROM again.migrations')).toEqual(before);
  });

  it('may have been created, empty, by an administrator', async () => {
    await database.run(`CREATE ROLE guest LOGIN; CREATE SCHEMA prepared AUTHORIZATION guest`);
    const store = database.store({ connectionString: as('guest'), schema: 'prepared' });
    expect(await store.view()).toEqual([]);
  });

  it('is rejected if a newer version of the package created it', async () => {
    await database.store({ schema: 'newer' }).view();
    await database.run(
      `INSERT INTO newer.migrations (version, name, checksum) VALUES (900, 'future', 'x')`,
    );
    const rejected = database.store({ schema: 'newer' }).exchange([heartbeat('a')]);
    await expect(rejected).rejects.toThrow(PostgresSchemaError);
    await expect(rejected).rejects.toThrow(
      /^The schema newer has version 900, but this package only supports up to \d+: a newer version/,
    );
  });

  it('is rejected if the content of a migration differs', async () => {
    await database.store({ schema: 'changed' }).view();
    await database.run(`UPDATE changed.migrations SET checksum = 'x' WHERE version = 2`);
    await expect(database.store({ schema: 'changed' }).view()).rejects.toThrow(
      'was not created by this package: the content of migration 2 (messages) differs',
    );
  });

  it('is never half created: a failed migration rolls back, and the next process retries it', async () => {
    const store = database.store({ schema: 'whole', timeout: '5s' });
    const blocker = await database.connect();
    await blocker.query('BEGIN');
    await blocker.query('CREATE SCHEMA whole');
    await blocker.query('CREATE TABLE whole.trial_slots ()');
    await blocker.query('COMMIT');
    await expect(store.view()).rejects.toThrow('relation "trial_slots" already exists');
    expect(
      await database.run(
        `SELECT FROM pg_tables WHERE schemaname = 'whole' AND tablename <> 'trial_slots'`,
      ),
    ).toEqual([]);
    await blocker.query('DROP TABLE whole.trial_slots');
    await blocker.end();
    expect(await store.view()).toEqual([]);
  });

  it('is created again after it was dropped under a running store', async () => {
    const store = database.store({ schema: 'dropped' });
    const [before] = await store.exchange([heartbeat('a')]);
    await database.run('DROP SCHEMA dropped CASCADE');
    const [after] = await store.exchange([heartbeat('a')]);
    expect(after?.version.generation).not.toBe(before?.version.generation);
  });

  it('can be used by a role that may not create anything', async () => {
    const owner = database.store();
    const readOnly = { connectionString: as('app'), migrate: false };
    await database.run('CREATE ROLE app LOGIN');
    await expect(database.store(readOnly).view()).rejects.toThrow(
      'The schema highway_fleet is missing or outdated, and migrate is false',
    );
    // Like hardened servers.
    await database.run('ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC');
    await owner.view();
    await database.run(`
      GRANT USAGE ON SCHEMA highway_fleet TO app;
      GRANT SELECT ON highway_fleet.migrations TO app;
      GRANT SELECT, INSERT, UPDATE, DELETE ON highway_fleet.circuits, highway_fleet.trial_slots,
        highway_fleet.members, highway_fleet.buckets, highway_fleet.versions,
        highway_fleet.processes TO app;
      GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA highway_fleet TO app;
    `);
    const store = database.store(readOnly);
    const heard: string[] = [];
    await store.subscribe(({ state }) => heard.push(state));
    await runThrough(store);
    expect((await store.view())[0]).toMatchObject({ circuit: 'payments', state: 'CLOSED' });
    await expect.poll(() => heard, { timeout: 10_000 }).toEqual(['OPEN', 'HALF_OPEN', 'CLOSED']);
  });

  function as(role: string): string {
    return database.server.url.replace('postgres@', `${role}@`);
  }
});

/** Touches every table: a member pools outcomes, opens the circuit, makes trial calls and leaves. */
async function runThrough(store: ReturnType<Database['store']>): Promise<void> {
  const say = async (told: Parameters<typeof heartbeat>[1]) =>
    await send(store, heartbeat('a', { span: 1000, failures: 3, ...told }));
  const { version } = await say({});
  const open = { to: 'OPEN', wait: 0, openings: 1, cause: 'pooled' } as const;
  const opened = await say({ version, propose: open });
  const { version: half, granted } = await say({ version: opened.version, want: 1 });
  const settled = [{ fence: granted[0]!, outcome: 'success' }] as const;
  await say({ version: half, begun: granted, settled });
  const close = { to: 'CLOSED', wait: 0, openings: 0, cause: 'trials' } as const;
  const { version: last, stamp } = await say({ version: half, propose: close });
  const quiet = heartbeat('a', { version: last, quiet: stamp });
  expect(await store.exchange([quiet])).toMatchObject([{ unchanged: true, members: 1 }]);
  await say({ ttl: 0 });
}
