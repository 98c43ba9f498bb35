import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { WorkflowError } from '../errors.ts';

/**
 * Takes a folder for this process: an embedded database must not be opened twice. A lock that a dead
 * process left is taken over. Gives the function that releases it.
 */
export function lockFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'lock');
  for (let tries = 0; ; tries += 1) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      return () => {
        rmSync(file, { force: true });
      };
    } catch (error) {
      if ((error as { code?: string }).code !== 'EEXIST') throw error;
      const holder = readHolder(file);
      if (tries > 2 || isAlive(holder)) throw inUse(folder, holder);
      rmSync(file, { force: true });
    }
  }
}

function readHolder(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    // Released between the two looks.
    return 0;
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is there, but belongs to somebody else.
    return (error as { code?: string }).code === 'EPERM';
  }
}

function inUse(folder: string, holder: number): WorkflowError {
  return new WorkflowError(
    'ERR_ENGINE_IN_USE',
    `dataDir: ${folder} is in use by the process ${holder}; an embedded database serves one ` +
      'process at a time. Give several processes a databaseUrl',
  );
}
