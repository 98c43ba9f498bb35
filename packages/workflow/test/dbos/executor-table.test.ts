import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/dbos/database.ts';
import { dbosLogger } from '../../src/dbos/dbos-logger.ts';
import { prepareDatabase } from '../../src/dbos/schema.ts';
import { quietLogger } from '../../src/logger.ts';
import type { Database } from '../../src/dbos/database.ts';
import { ExecutorTable } from '../../src/dbos/executor-table.ts';
import { embeddedFolder } from '../support/embedded-folder.ts';

describe('the table of executors', { timeout: 120_000 }, () => {
  let folder: Awaited<ReturnType<typeof embeddedFolder>>;
  let database: Database;
  let table: ExecutorTable;

  beforeAll(async () => {
    folder = await embeddedFolder();
    database = await openDatabase({ databaseUrl: undefined, dataDir: folder.folder });
    await prepareDatabase(database, dbosLogger(quietLogger));
    table = new ExecutorTable(database, { app: 'shop', executorId: 'me' });
  }, 120_000);

  afterAll(async () => {
    await database.close();
    folder.remove();
  });

  const cancel = (id: string, executor: string, at: number): Promise<unknown> =>
    database.query(
      `INSERT INTO dbos.workflow_status
         (workflow_uuid, status, name, application_name, executor_id, completed_at)
       VALUES ($1, 'CANCELLED', 'buy', 'shop', $2, $3)`,
      [id, executor, at],
    );

  it('names a run whose cancellation began before the last question, but ended after it', async () => {
    const { until, ids } = await table.cancelled(Number.MAX_SAFE_INTEGER);
    expect(ids).toEqual([]);
    await cancel('slow', 'me', until - 500);
    await cancel('of another', 'you', until);
    await cancel('long ago', 'me', until - 60_000);
    expect((await table.cancelled(until)).ids).toEqual(['slow']);
  });

  it('takes those for dead whose heart has not beaten for so long', async () => {
    const other = new ExecutorTable(database, { app: 'shop', executorId: 'you' });
    await other.beat(['q']);
    await table.beat(['q']);
    expect(await table.dead(60_000)).toEqual([]);
    expect(await table.dead(-1_000)).toEqual(['you']);
    await table.remove('you');
    expect(await table.dead(-1_000)).toEqual([]);
  });
});
