import { systemClock } from '@highway/resilience';
import { startPostgres } from '@highway/servers';
import type { RunningServer } from '@highway/servers';
import { Highway } from '@highway/workflow';
import type { Context, HighwayOptions } from '@highway/workflow';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/dbos/database.ts';
import { dbosLogger } from '../../src/dbos/dbos-logger.ts';
import { prepareDatabase } from '../../src/dbos/schema.ts';
import { silentLogger } from '../../src/logger.ts';
import { eventually } from '../support/eventually.ts';

let postgres: RunningServer;
let highway: Highway | undefined;
let databases = 0;

beforeAll(async () => {
  postgres = await startPostgres();
}, 120_000);

afterEach(async () => {
  await highway?.stop({ drain: 0 });
  highway = undefined;
});

afterAll(async () => {
  await postgres.stop();
});

async function sql(url: string, text: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}

/** The URL of a database that doesn't exist yet. */
function newUrl(): string {
  const url = new URL(postgres.url);
  url.pathname = `/failing_${(databases += 1)}`;
  return url.href;
}

function makeHighway(databaseUrl: string, options: Partial<HighwayOptions> = {}): Highway {
  highway = new Highway({ name: 'shop', databaseUrl, logger: silentLogger, ...options });
  return highway;
}

const readOnly = `CREATE FUNCTION reject_write() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN RAISE 'read-only transaction' USING ERRCODE = '25006'; END $$;`;

const rejectWrites = (table: string): string =>
  `CREATE TRIGGER reject_write BEFORE INSERT OR UPDATE ON dbos.${table} FOR EACH ROW EXECUTE FUNCTION reject_write();`;

const wait = (ms: number): Promise<void> =>
  new Promise((resolve) => void systemClock.setTimeout(resolve, ms));

describe('a failing database', { timeout: 120_000 }, () => {
  it('makes a run wait until writes succeed again, and the run continues where it was', async () => {
    const url = newUrl();
    const calls: string[] = [];
    const nap = makeHighway(url).workflow('nap', async (_: unknown, ctx: Context) => {
      await ctx.step('before', () => calls.push('before'), {
        compensate: () => calls.push('compensate'),
      });
      await ctx.sleep(300);
      await ctx.step('after', () => calls.push('after'));
    });
    await highway!.start();
    const run = await nap.start(1);
    await eventually('the first step', () => calls.length === 1);
    const tables = ['operation_outputs', 'workflow_status'];
    await sql(url, readOnly + tables.map(rejectWrites).join(''));
    await wait(1_500);
    await sql(url, 'DROP FUNCTION reject_write CASCADE');
    await run.result();
    expect([await run.status(), calls]).toEqual(['done', ['before', 'after']]);
  });

  it('makes its worker execute a run again whose execution ended without an outcome', async () => {
    const url = newUrl();
    const calls: string[] = [];
    const buy = makeHighway(url).workflow('buy', async (_: unknown, ctx: Context) => {
      await ctx.step('reserve', () => calls.push('reserve'), {
        compensate: () => calls.push('compensate'),
      });
      await ctx.step('pay', () => calls.push('pay'));
    });
    await highway!.start();
    // Postgres rejects its content, which a retry would not change: so its execution ends.
    await sql(
      url,
      `CREATE FUNCTION reject_write() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN RAISE 'no such text' USING ERRCODE = '22P05'; END $$;
       CREATE TRIGGER reject_write BEFORE INSERT ON dbos.operation_outputs FOR EACH ROW
         WHEN (NEW.function_name = 'pay') EXECUTE FUNCTION reject_write();`,
    );
    const run = await buy.start(1);
    await eventually('the rejected step', () => calls.includes('pay'));
    await wait(200);
    await sql(url, 'DROP FUNCTION reject_write CASCADE');
    await run.result();
    expect(calls).toEqual(['reserve', 'pay', 'pay']);
  });

  it("rejects a caller's operation with the database's own error after some seconds", async () => {
    const url = newUrl();
    const buy = makeHighway(url).workflow('buy', () => 1);
    await highway!.start();
    await sql(url, `${readOnly} ${rejectWrites('workflow_status')}`);
    await expect(buy.start(1)).rejects.toMatchObject({ code: '25006' });
  });
});

describe('a database at the first start', { timeout: 120_000 }, () => {
  it('is created by one of several processes that start at the same time', async () => {
    const url = newUrl();
    const prepare = async (): Promise<void> => {
      const database = await openDatabase({ databaseUrl: url, dataDir: '' });
      try {
        await prepareDatabase(database, dbosLogger(silentLogger));
      } finally {
        await database.close();
      }
    };
    await Promise.all(Array.from({ length: 6 }, prepare));
    const work = makeHighway(url).workflow('work', () => 'done');
    await highway!.start();
    expect(await (await work.start(1)).result()).toBe('done');
  });

  it('serves a role without the right to create tables once all tables exist', async () => {
    const url = newUrl();
    const admin = makeHighway(url);
    admin.workflow('work', () => 'done');
    await admin.start();
    await admin.stop();
    const name = new URL(url).pathname.slice(1);
    await sql(
      url,
      `CREATE ROLE app LOGIN; REVOKE CREATE ON DATABASE ${name} FROM PUBLIC;
       GRANT USAGE ON SCHEMA dbos, highway TO app;
       GRANT ALL ON ALL TABLES IN SCHEMA dbos, highway TO app;
       GRANT ALL ON ALL SEQUENCES IN SCHEMA dbos TO app`,
    );
    const its = new URL(url);
    its.username = 'app';
    const work = makeHighway(its.href).workflow('work', () => 'done');
    await highway!.start();
    expect(await (await work.start(1)).result()).toBe('done');
  });

  it('tells a role without the right to create tables what is missing', async () => {
    const url = newUrl();
    const name = new URL(url).pathname.slice(1);
    await sql(postgres.url, `CREATE DATABASE ${name}`);
    await sql(url, `CREATE ROLE reader LOGIN; REVOKE CREATE ON DATABASE ${name} FROM PUBLIC`);
    const its = new URL(url);
    its.username = 'reader';
    await expect(makeHighway(its.href).start()).rejects.toMatchObject({ code: 'ERR_NOT_MIGRATED' });
  });
});
