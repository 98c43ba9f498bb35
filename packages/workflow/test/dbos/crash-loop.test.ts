import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { startPostgres } from '@highway/servers';
import type { RunningServer } from '@highway/servers';
import { HighwayClient } from '../../src/client/highway-client.ts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CrashTable } from '../../src/dbos/crash-table.ts';
import { openDatabase } from '../../src/dbos/database.ts';
import type { Database } from '../../src/dbos/database.ts';
import { compileProgram } from '../support/program.ts';
import type { Program } from '../support/program.ts';

let postgres: RunningServer;
let program: Program;

beforeAll(async () => {
  program = await compileProgram('dbos/crashing-program.ts');
}, 120_000);

afterAll(() => {
  program[Symbol.dispose]();
});

beforeEach(async () => {
  postgres = await startPostgres();
}, 120_000);

afterEach(async () => {
  await postgres.stop();
});

/** One process; returns its output, or undefined if it was killed. */
async function execute(executorId: string, killers: number): Promise<string[] | undefined> {
  const args = [program.file, postgres.url, executorId, String(killers)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (text) => (output += String(text)));
  await once(child, 'close');
  return child.exitCode === 0 ? output.trim().split('\n') : undefined;
}

/** A process that is restarted each time it dies; returns how often it died, and its output. */
async function restarted(executorId: string, killers: number) {
  for (let deaths = 0; deaths < 30; deaths += 1) {
    const lines = await execute(executorId, killers);
    if (lines !== undefined) return { deaths, lines };
  }
  throw new Error('It dies again and again');
}

const innocent = ['waits', 'asks', 'works-0', 'works-1', 'works-2'].map((id) => `${id} done done`);

describe('a run that crashes its process', { timeout: 240_000 }, () => {
  it('fails after five processes, and no other run fails with it', async () => {
    const { deaths, lines } = await restarted('w', 2);
    expect(lines).toEqual([
      ...innocent,
      'kills-0 failed ERR_CRASH_LOOP',
      'kills-1 failed ERR_CRASH_LOOP',
    ]);
    // At most five for each run; in the first ones, both die together.
    expect(deaths).toBeLessThanOrEqual(10);
    await using client = await HighwayClient.open({ name: 'crashing', databaseUrl: postgres.url });
    const described = await client.runs.describe('kills-0');
    expect(described).toMatchObject({ status: 'failed', compensated: [] });
    expect(described.steps.map(({ name }) => name)).toEqual(['before']);
    expect((described.error as Error).message).toContain('5 processes in a row have died');
  });

  it('is also counted by processes that take over its runs', async () => {
    expect(await execute('a', 1)).toBeUndefined();
    expect(await execute('b', 1)).toBeUndefined();
    const database = await openDatabase({ databaseUrl: postgres.url, dataDir: '' });
    const rows = await database.query('SELECT run_id, count FROM highway.crashes ORDER BY 1');
    await database.close();
    expect(rows).toContainEqual({ run_id: 'kills-0', count: 1 });
  });
});

describe('the crash table', { timeout: 60_000 }, () => {
  let database: Database;
  let crashes: CrashTable;

  beforeEach(async () => {
    await execute('w', 0);
    database = await openDatabase({ databaseUrl: postgres.url, dataDir: '' });
    crashes = new CrashTable(database, 'crashing');
    await database.query(
      "UPDATE dbos.workflow_status SET status = 'PENDING' WHERE workflow_uuid = 'works-0'",
    );
  });

  afterEach(async () => {
    await database.close();
  });

  const count = async (): Promise<number | undefined> => {
    await crashes.count('w');
    const [row] = await database.query('SELECT count FROM highway.crashes');
    return row?.['count'] as number | undefined;
  };

  it('makes a run a suspect after two crashes, and then counts only crashes in which it ran alone', async () => {
    expect([await count(), await count(), await count()]).toEqual([1, 2, 2]);
    expect(await crashes.suspects()).toEqual(['works-0']);
    await crashes.setAlone(['works-0'], true);
    expect([await count(), await count()]).toEqual([3, 3]);
    await crashes.setAlone(['works-0'], true);
    await crashes.setAlone(['works-0'], false);
    expect(await count()).toBe(3);
  });

  it('resets the count with a new journal entry, and when the run ends', async () => {
    expect([await count(), await count()]).toEqual([1, 2]);
    await database.query(
      `INSERT INTO dbos.operation_outputs (workflow_uuid, function_id, function_name)
       VALUES ('works-0', 77, 'more')`,
    );
    expect(await count()).toBe(1);
    await database.query(
      "UPDATE dbos.workflow_status SET status = 'SUCCESS' WHERE workflow_uuid = 'works-0'",
    );
    expect(await count()).toBeUndefined();
  });
});
