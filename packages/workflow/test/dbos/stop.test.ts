import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { DBOSExecutor } from '@dbos-inc/dbos-sdk/internal/dbos-executor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Highway } from '@highway/workflow';
import { embeddedFolder } from '../support/embedded-folder.ts';
import { compileProgram } from '../support/program.ts';

describe('highway.stop()', { timeout: 120_000 }, () => {
  let database: Awaited<ReturnType<typeof embeddedFolder>>;

  beforeAll(async () => {
    database = await embeddedFolder();
  }, 120_000);

  afterAll(() => {
    database.remove();
  });

  it('closes the database even if the last heartbeat fails', async () => {
    const highway = new Highway({ name: 'shop', dataDir: database.folder });
    await highway.start();
    const { pool } = DBOSExecutor.globalInstance!.systemDatabase;
    await pool.query('ALTER TABLE highway.executors RENAME TO gone');
    await expect(highway.stop({ drain: 0 })).rejects.toThrow('highway.executors');
    await using next = new Highway({ name: 'shop', dataDir: database.folder });
    await next.start();
  });

  it('leaves nothing that keeps the process alive, whatever its runs wait for', async () => {
    using program = await compileProgram('dbos/stopping-program.ts');
    const child = spawn(process.execPath, [program.file, join(database.folder, 'stopping')]);
    let output = '';
    child.stdout.on('data', (text) => (output += String(text)));
    child.stderr.on('data', (text) => (output += String(text)));
    await once(child, 'close');
    expect([output, child.exitCode]).toEqual(['0 timers are left', 0]);
  });
});
