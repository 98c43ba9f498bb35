import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureRedis } from '../src/index.ts';
import { pollUntil } from '../src/machine/poll.ts';
import { postgresPrograms } from '../src/postgres/postgres-programs.ts';
import { someRun } from '../src/process/process-tree.ts';

const timeout = 60_000;
const nobody = { uid: 65_534, gid: 65_534 };
// Postgres has to start for those who are not root, and for root.
const users = process.getuid?.() === 0 ? ([undefined, nobody] as const) : ([undefined] as const);

let folder: string;
let programs: string;
beforeAll(async () => {
  // The program may not be allowed to install what is missing.
  await ensureRedis();
  programs = await postgresPrograms();
  folder = mkdtempSync(join(tmpdir(), 'highway-forgetful-'));
  chmodSync(folder, 0o777);
  await build({
    entryPoints: [join(import.meta.dirname, 'programs/forgetful.ts')],
    outfile: join(folder, 'forgetful.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
}, timeout);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function firstLine(child: ChildProcess): Promise<string> {
  let text = '';
  child.stdout?.on('data', (chunk) => (text += String(chunk)));
  await pollUntil('the program to have started its servers', timeout, () => {
    if (child.exitCode !== null) throw new Error(`it ended with code ${child.exitCode}`);
    return text.includes('\n');
  });
  return text;
}

describe('servers', { timeout: 2 * timeout }, () => {
  it.each(users)('end, and leave nothing, when their program is killed (user %o)', async (user) => {
    const temporary = mkdtempSync(join(folder, 'user-'));
    chmodSync(temporary, 0o777);
    const child = spawn(process.execPath, [join(folder, 'forgetful.mjs'), programs], {
      cwd: folder,
      env: { ...process.env, TMPDIR: temporary },
      stdio: ['ignore', 'pipe', 'inherit'],
      ...user,
    });
    const pids = JSON.parse(await firstLine(child)) as number[];
    expect(pids).toHaveLength(2);
    expect(someRun(pids)).toBe(true);
    const homes = () =>
      readdirSync(temporary).filter((name) => /^highway-(redis-server|postgres)-/.test(name));
    expect(homes()).toHaveLength(2);

    child.kill('SIGKILL');
    await pollUntil('the servers to end', 30_000, () => !someRun(pids));
    await pollUntil('their folders to go', 30_000, () => homes().length === 0);
  });
});
