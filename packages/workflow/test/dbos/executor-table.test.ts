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
    table = new ExecutorTable(database, { app: 'shop', executorId: 'me', token: 'mine' });
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
    const other = new ExecutorTable(database, { app: 'shop', executorId: 'you', token: 'yours' });
    await other.claim(['q']);
    await table.claim(['q']);
    expect(await table.takeDead()).toEqual([]);
    expect(await table.takeDead(-1_000)).toEqual([{ id: 'you', stopped: false }]);
    // The heart of one who is being taken over counts for nothing, and his id is not to be had.
    expect([await other.beat(), await other.claim(['q'])]).toEqual([false, false]);
    await table.forget('you');
    expect([await other.holder(), await other.claim(['q'])]).toEqual([undefined, true]);
    await other.release();
  });

  it('gives an id to one process, until that has stopped or is dead', async () => {
    const first = new ExecutorTable(database, { app: 'shop', executorId: 'id', token: 'a' });
    const second = new ExecutorTable(database, { app: 'shop', executorId: 'id', token: 'b' });
    const claims = await Promise.all([first.claim(['q']), second.claim(['q'])]);
    expect(claims.filter(Boolean)).toHaveLength(1);
    const [holder, other] = claims[0] ? [first, second] : [second, first];
    expect([await holder.claim(['q']), await holder.beat(), await other.beat()]).toEqual([
      true,
      true,
      false,
    ]);
    await other.release();
    expect(await other.claim(['q'])).toBe(false);
    await database.query(
      "UPDATE highway.executors SET beat_at = now() - interval '11 s' WHERE executor_id = 'id'",
    );
    expect([await other.claim(['q']), await holder.beat()]).toEqual([true, false]);
    await other.release();
    expect(await holder.claim(['q'])).toBe(true);
    await holder.release();
  });

  it('keeps the id of one that has stopped and left runs, which others then take over at once', async () => {
    const other = new ExecutorTable(database, { app: 'shop', executorId: 'left', token: 'l' });
    await other.claim(['q']);
    await database.query(
      `INSERT INTO dbos.workflow_status (workflow_uuid, status, name, application_name, executor_id)
       VALUES ('left', 'PENDING', 'buy', 'shop', 'left')`,
    );
    await other.release();
    expect(await other.holder()).toMatchObject({ stopped: true, adopted: false });
    expect(await table.takeDead()).toEqual([{ id: 'left', stopped: true }]);
  });
});
