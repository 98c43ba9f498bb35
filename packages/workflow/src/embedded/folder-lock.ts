import { randomUUID } from 'node:crypto';
import {
  constants,
  copyFileSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { WorkflowError } from '../errors.ts';

/**
 * Takes a folder for this process: an embedded database must not be opened twice. A lock that a dead
 * process left is taken over. Gives the function that releases it.
 */
export function lockFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'lock');
  // Written beside it first: a lock is never seen without its holder.
  const draft = join(folder, `lock-${randomUUID()}`);
  writeFileSync(draft, nameOf(process.pid));
  try {
    for (let tries = 3; !place(draft, file); tries -= 1) {
      const holder = takeAway(file);
      if (holder !== undefined || tries === 0) throw inUse(folder, holder);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  return () => {
    rmSync(file, { force: true });
  };
}

/** Puts the lock there; false where there is one. */
function place(draft: string, file: string): boolean {
  const put = (how: () => void): boolean => {
    try {
      how();
      return true;
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
      throw error;
    }
  };
  try {
    return put(() => linkSync(draft, file));
  } catch {
    // Some file systems have no links.
    return put(() => copyFileSync(draft, file, constants.COPYFILE_EXCL));
  }
}

/**
 * Takes a lock away that a dead process left; gives the holder of one that is alive. Moved before it is
 * judged for good, so that of two processes that find it one does; what is moved by mistake, since the
 * other has just taken the folder, is put back.
 */
function takeAway(file: string): number | undefined {
  const before = livingHolder(file);
  if (before !== undefined) return before;
  const moved = `${file}-${randomUUID()}`;
  try {
    renameSync(file, moved);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  const holder = livingHolder(moved);
  if (holder !== undefined) place(moved, file);
  rmSync(moved, { force: true });
  return holder;
}

function livingHolder(file: string): number | undefined {
  const name = readHolder(file);
  const [pid = '', ...since] = name.split(' ');
  const holder = Number(pid);
  if (!Number.isSafeInteger(holder) || holder <= 0 || !isAlive(holder)) return undefined;
  // The id alone may be somebody else's by now: in a container it is often the same after a restart.
  return since.length === 0 || nameOf(holder) === name ? holder : undefined;
}

function readHolder(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // Released between the two looks.
    return '';
  }
}

/** A process: its id and, where the system tells, since when it has been running since which boot. */
function nameOf(pid: number): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name, in parentheses, and may hold anything.
    const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return `${pid} ${boot} ${started}`;
  } catch {
    return String(pid);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is there, but belongs to somebody else.
    return codeOf(error) === 'EPERM';
  }
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown }).code;
}

function inUse(folder: string, holder: number | undefined): WorkflowError {
  return new WorkflowError(
    'ERR_ENGINE_IN_USE',
    `dataDir: ${folder} is in use by ${holder === undefined ? 'another process' : `the process ${holder}`}; ` +
      'an embedded database serves one process at a time. Give several processes a databaseUrl',
  );
}
