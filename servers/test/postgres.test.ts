import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres } from '../src/index.ts';
import type { RunningServer } from '../src/index.ts';
import { pollUntil } from '../src/machine/poll.ts';
import { embeddedPostgres } from '../src/postgres/embedded-postgres.ts';
import { startPostgresFrom } from '../src/postgres/start-postgres.ts';

const timeout = 60_000;

async function connect({ url }: RunningServer): Promise<Client> {
  const client = new Client({ connectionString: url });
  // A connection that ends with its server would otherwise end this process.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function ask(server: RunningServer, sql: string): Promise<unknown> {
  const client = await connect(server);
  try {
    const { rows } = await client.query<{ answer: unknown }>(sql);
    return rows[0]?.answer;
  } finally {
    await client.end();
  }
}

describe('startPostgres', { timeout }, () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await startPostgres({ config: { application_name: 'of a test' } });
  }, timeout);
  afterAll(() => server.stop(), timeout);

  it('starts a server on the loopback interface, with the settings that it was given', async () => {
    expect(server.url).toBe(`postgres://postgres@127.0.0.1:${server.port}/postgres`);
    expect(await ask(server, `SELECT current_setting('max_connections') AS answer`)).toBe('200');
    expect(await ask(server, `SELECT current_setting('fsync') AS answer`)).toBe('off');
    expect(
      await ask(server, `SELECT reset_val AS answer FROM pg_settings WHERE name = 'port'`),
    ).toBe(String(server.port));
  });

  it('delivers notifications', async () => {
    const listener = await connect(server);
    const received: (string | undefined)[] = [];
    listener.on('notification', ({ payload }) => received.push(payload));
    await listener.query('LISTEN news');
    await ask(server, `SELECT pg_notify('news', 'hello')`);
    await pollUntil('the notification', 10_000, () => received.length > 0);
    expect(received).toEqual(['hello']);
    await listener.end();
  });

  it('keeps committed data when it is killed, and its connections end', async () => {
    await ask(server, 'CREATE TABLE kept (answer int)');
    await ask(server, 'INSERT INTO kept VALUES (42)');
    const client = await connect(server);
    const ended = new Promise<void>((resolve) => client.on('end', () => resolve()));
    await server.kill();
    await ended;
    await expect(connect(server)).rejects.toThrow('ECONNREFUSED');
    await server.restart();
    expect(await ask(server, 'SELECT answer FROM kept')).toBe(42);
  });

  it('freezes open connections, too', async () => {
    const client = await connect(server);
    server.pause();
    let answered = false;
    const answer = client.query('SELECT 1').finally(() => (answered = true));
    const late = connect(server).finally(() => (answered = true));
    // Time enough for answers: a whole other server starts meanwhile.
    await using other = await startPostgres();
    expect(await ask(other, 'SELECT 1 AS answer')).toBe(1);
    expect(answered).toBe(false);
    server.resume();
    await answer;
    await (await late).end();
    await client.end();
  });

  it('keeps its data after a restart, unless it restarts empty', async () => {
    const count = `SELECT count(*)::int AS answer FROM pg_tables WHERE tablename = 'data'`;
    await ask(server, 'CREATE TABLE data ()');
    await server.restart();
    expect(await ask(server, count)).toBe(1);
    await server.restart({ empty: true });
    expect(await ask(server, count)).toBe(0);
  });
});

describe('startPostgresFrom', { timeout }, () => {
  it('runs the programs from npm if their package is installed', async () => {
    const programs = await embeddedPostgres();
    expect(programs).toBeDefined();
    await using server = await startPostgresFrom(programs!, {});
    expect(await ask(server, 'SELECT version() AS answer')).toContain('PostgreSQL 18.');
  });
});

describe('options of startPostgres', () => {
  it('are rejected by name', async () => {
    await expect(startPostgres({ port: 1.5 })).rejects.toThrow('port must be an integer from 1');
    await expect(startPostgres({ config: { port: '1' } })).rejects.toThrow('config.port');
    const config = { max_connections: 3 as unknown as string };
    await expect(startPostgres({ config })).rejects.toThrow(
      'config.max_connections must be a string',
    );
  });

  it('shows the log of a server that does not start', { timeout }, async () => {
    await expect(startPostgres({ config: { max_connections: 'many' } })).rejects.toThrow(
      /postgres ended before it was ready[^]*max_connections/,
    );
  });
});
