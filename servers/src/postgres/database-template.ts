// `initdb` takes most of the start time of a new server. It runs once per machine; after that, its result
// is copied.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Account } from '../process/server-process.ts';

const run = promisify(execFile);
const options = [
  '--username=postgres',
  '--auth=trust',
  '--encoding=UTF8',
  '--locale=C',
  '--no-sync',
];

/**
 * Fills a folder with a new, empty database.
 *
 * @param programs the folder with `initdb`
 */
export async function createDatabase(
  programs: string,
  data: string,
  account: Account | undefined,
): Promise<void> {
  const template = templatePath(programs, account);
  if (!existsSync(template)) await makeTemplate(programs, template, account);
  // Runs as the user who will own these files.
  await run('cp', ['-R', `${template}/.`, data], { cwd: data, ...account });
}

/** Other programs, or another user, need their own template. */
function templatePath(programs: string, account: Account | undefined): string {
  const program = realpathSync(join(programs, 'postgres'));
  const { size, mtimeMs } = statSync(program);
  const user = account?.uid ?? process.getuid?.();
  const key = JSON.stringify([program, size, mtimeMs, user, options]);
  const hash = createHash('sha256').update(key).digest('hex').slice(0, 12);
  return join(tmpdir(), `highway-template-${hash}`);
}

/** Builds the template in a draft folder and renames it: other processes may do the same. */
async function makeTemplate(
  programs: string,
  template: string,
  account: Account | undefined,
): Promise<void> {
  const draft = mkdtempSync(join(tmpdir(), 'highway-draft-'));
  try {
    if (account !== undefined) chownSync(draft, account.uid, account.gid);
    const env = { ...process.env, LC_ALL: 'C' };
    await run(join(programs, 'initdb'), [...options, '-D', draft], { cwd: draft, env, ...account });
    if (!existsSync(template)) renameSync(draft, template);
  } catch (error) {
    // Another process may have been faster.
    if (!existsSync(template)) throw error;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}
