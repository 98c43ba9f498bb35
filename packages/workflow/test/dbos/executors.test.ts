import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { systemClock } from '@highway/resilience';
import { startPostgres } from '@highway/servers';
import type { RunningServer } from '@highway/servers';
import { Highway } from '@highway/workflow';
import type { Context, HighwayOptions } from '@highway/workflow';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/dbos/database.ts';
import type { Database } from '../../src/dbos/database.ts';
import { acquireExecutorId } from '../../src/dbos/executor-lease.ts';
import { ExecutorTable } from '../../src/dbos/executor-table.ts';
import { silentLogger } from '../../src/logger.ts';
import { eventually } from '../support/eventually.ts';
import { compileProgram } from '../support/program.ts';

describe('an executor id', { timeout: 120_000 }, () => {
  let postgres: RunningServer;
  let database: Database;
  let highway: Highway | undefined;
  const errors: string[] = [];

  beforeAll(async () => {
    postgres = await startPostgres();
    database = await openDatabase({ databaseUrl: postgres.url, dataDir: '' });
  }, 120_000);

  afterEach(async () => {
    await highway?.stop({ drain: 0 });
    highway = undefined;
    errors.length = 0;
  });

  afterAll(async () => {
    await database.close();
    await postgres.stop();
  });

  const makeHighway = (options: Partial<HighwayOptions> = {}): Highway => {
    const error = (message: string): void => void errors.push(message);
    const logger = { ...silentLogger, error };
    highway = new Highway({ name: 'shop', databaseUrl: postgres.url, logger, ...options });
    return highway;
  };

  /** What a second process does when it starts. */
  const takeToo = (executorId: string): Promise<unknown> => {
    const table = new ExecutorTable(database, { app: 'shop', executorId, token: 'another' });
    return acquireExecutorId(table, {
      executorId,
      queues: [],
      clock: systemClock,
      isExclusive: false,
    });
  };

  const beatOf = async (executorId: string): Promise<unknown> => {
    const rows = await database.query(
      'SELECT beat_at::text AS beat FROM highway.executors WHERE executor_id = $1',
      [executorId],
    );
    return rows[0]?.['beat'];
  };

  const cutAll = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                   WHERE pid <> pg_backend_pid() AND datname = current_database()`;

  it('is not given to a second process, even after the first one has lost all of its connections', async () => {
    makeHighway({ executorId: 'w-1' }).workflow('w', () => 1);
    await highway!.start();
    await database.query(cutAll);
    await expect(takeToo('w-1')).rejects.toMatchObject({ code: 'ERR_ENGINE_IN_USE' });
    await highway!.stop();
    expect(await takeToo('w-1')).toEqual({ afterDeath: false });
  });

  it('is lost for good once another process has it, and nothing more is recorded', async () => {
    let recorded: (() => void) | undefined;
    const buy = makeHighway({ executorId: 'w-2' }).workflow('buy', (_: unknown, ctx: Context) =>
      ctx.step('pay', () => new Promise<void>((resolve) => (recorded = resolve))),
    );
    await highway!.start();
    const run = await buy.start(1, { id: 'lost' });
    await eventually('the step', () => recorded !== undefined);
    await database.query("UPDATE highway.executors SET token = 'x' WHERE executor_id = 'w-2'");
    await eventually('the loss', () => errors.length > 0);
    recorded!();
    await expect(run.status()).rejects.toMatchObject({ code: 'ERR_ENGINE_IN_USE' });
    await highway!.stop();
    const rows = await database.query(
      `SELECT status, executor_id, (SELECT count(*)::int FROM dbos.operation_outputs o
          WHERE o.workflow_uuid = w.workflow_uuid) AS entries
         FROM dbos.workflow_status w WHERE workflow_uuid = 'lost'`,
    );
    expect(rows).toEqual([{ status: 'PENDING', executor_id: 'w-2', entries: 0 }]);
    expect(await beatOf('w-2')).toBeDefined();
    expect(errors).toEqual([
      'executorId: another process uses "w-2"; each process needs its own id',
    ]);
  });

  it('is reclaimed by a process that was taken for dead, whose runs continue only once', async () => {
    let calls = 0;
    const buy = makeHighway().workflow('buy', (_: unknown, ctx: Context) =>
      ctx.step('pay', () => (calls += 1)),
    );
    await highway!.start();
    await database.query('DELETE FROM highway.executors WHERE executor_id = $1', [
      highway!.executorId,
    ]);
    await eventually(
      'the row',
      async () => (await beatOf(highway!.executorId ?? '')) !== undefined,
    );
    await (await buy.start(1)).result();
    expect([calls, errors]).toEqual([1, []]);
  });

  it('is kept by a process that is blocked by a step', async () => {
    using program = await compileProgram('dbos/blocking-program.ts');
    const child = spawn(process.execPath, [program.file, postgres.url], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const beats: unknown[] = [];
    const lines: string[] = [];
    createInterface(child.stdout).on('line', (line) => lines.push(line));
    await eventually('the step', () => lines.includes('blocks'));
    const hasEnded = async (): Promise<boolean> => {
      const beat = await beatOf('blocked');
      const isDone = lines.includes('done');
      if (!isDone) beats.push(beat);
      return isDone;
    };
    await eventually('its end', hasEnded);
    await once(child, 'close');
    // The first two may have been under way when the step began to block.
    expect(new Set(beats).size).toBeGreaterThan(2);
    expect([child.exitCode, await beatOf('blocked')]).toEqual([0, undefined]);
  });
});
