import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/dbos/database.ts';
import { PglitePool } from '../../src/embedded/pglite-pool.ts';
import { embeddedFolder } from '../support/embedded-folder.ts';

/** All files and folders in a folder, with the permissions of others and the times of the last changes. */
function look(folder: string): { path: string; mode: number; changed: number }[] {
  return [folder, ...readdirSync(folder, { recursive: true }).map(String)].map((name) => {
    const path = name === folder ? folder : join(folder, name);
    const { mode, mtimeMs } = statSync(path);
    return { path, mode: mode & 0o077, changed: mtimeMs };
  });
}

const open = (folder: string): string[] =>
  look(folder).flatMap(({ path, mode }) => (mode === 0 ? [] : [path]));

describe('the files of an embedded database', { timeout: 60_000 }, () => {
  let database: Awaited<ReturnType<typeof embeddedFolder>>;
  let umask: number;

  beforeEach(async () => {
    database = await embeddedFolder();
    umask = process.umask(0);
  });

  afterEach(() => {
    process.umask(umask);
    database.remove();
  });

  it('are created for their owner only, whatever the umask allows', async () => {
    const dataDir = join(database.folder, 'new', 'data');
    const opened = await openDatabase({ databaseUrl: undefined, dataDir });
    await opened.query('CREATE TABLE secrets AS SELECT generate_series(1, 100000)');
    expect(open(dataDir)).toEqual([]);
    await opened.close();
    expect(open(dataDir)).toEqual([]);
  });

  it('are closed to others if they were open', async () => {
    for (const { path } of look(database.folder)) {
      chmodSync(path, statSync(path).isDirectory() ? 0o777 : 0o666);
    }
    await (await openDatabase({ databaseUrl: undefined, dataDir: database.folder })).close();
    expect(open(database.folder)).toEqual([]);
  });

  it('are closed to others in a shared folder, which keeps its permissions', async () => {
    const dataDir = join(database.folder, 'project');
    mkdirSync(dataDir, { mode: 0o755 });
    writeFileSync(join(dataDir, 'readme.txt'), '', { mode: 0o644 });
    await (await openDatabase({ databaseUrl: undefined, dataDir })).close();
    expect(open(dataDir)).toEqual([dataDir, join(dataDir, 'readme.txt')]);
  });

  it('are not changed any more once the folder is lost', async () => {
    const folder = join(database.folder, 'postgres');
    let left = Infinity;
    const pool = await PglitePool.open(folder, () => {
      left -= 1;
      if (left < 0) throw new Error('lost');
    });
    await pool.query('CREATE TABLE numbers (number int)');
    // In the middle of a statement.
    left = 20;
    await expect(
      pool.query('INSERT INTO numbers SELECT generate_series(1, 1000000)'),
    ).rejects.toThrow();
    expect(left).toBeLessThan(0);
    const before = look(folder);
    await expect(pool.query('DROP TABLE numbers')).rejects.toThrow('lost');
    await pool.end();
    expect(look(folder)).toEqual(before);
  });
});
