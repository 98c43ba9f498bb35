import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/dbos/database.ts';
import { dbosLogger } from '../../src/dbos/dbos-logger.ts';
import { prepareDatabase } from '../../src/dbos/schema.ts';
import { quietLogger } from '../../src/logger.ts';
import type { Database } from '../../src/dbos/database.ts';
import { ExecutorTable } from '../../src/dbos/executor-table.ts';
import { embeddedFolder } from '../support/embedded-folder.ts';

describe('ExecutorTable', { timeout: 120_000 }, () => {
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

  it('returns a run whose cancellation began before the last query, but was committed after it', async () => {
    const { until, ids } = await table.cancelled(Number.MAX_SAFE_INTEGER);
    expect(ids).toEqual([]);
    await cancel('slow', 'me', until - 500);
    await cancel('of another', 'you', until);
    await cancel('long ago', 'me', until - 60_000);
    expect((await table.cancelled(until)).ids).toEqual(['slow']);
  });

  it('declares executors dead whose heartbeat has stopped', async () => {
    const other = new ExecutorTable(database, { app: 'shop', executorId: 'you', token: 'yours' });
    await other.claim(['q']);
    await table.claim(['q']);
    expect(await table.claimDead()).toEqual([]);
    expect(await table.claimDead(-1_000)).toEqual([{ id: 'you', stopped: false }]);
    // While an executor is being taken over, its heartbeats have no effect, and its id is not available.
    expect([await other.beat(), await other.claim(['q'])]).toEqual([false, false]);
    await table.deleteDead('you');
    expect([await other.holder(), await other.claim(['q'])]).toEqual([undefined, true]);
    await other.release();
  });

  it('gives an id to one process until that has stopped or died', async () => {
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

  it('keeps the id of a stopped process that still owns runs, so that others take them over at once', async () => {
    const other = new ExecutorTable(database, { app: 'shop', executorId: 'left', token: 'l' });
    await other.claim(['q']);
    await database.query(
      `INSERT INTO dbos.workflow_status (workflow_uuid, status, name, application_name, executor_id)
       VALUES ('left', 'PENDING', 'buy', 'shop', 'left')`,
    );
    await other.release();
    expect(await other.holder()).toMatchObject({ stopped: true, takenOver: false });
    expect(await table.claimDead()).toEqual([{ id: 'left', stopped: true }]);
  });
});
