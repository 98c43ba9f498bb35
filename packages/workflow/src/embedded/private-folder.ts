import { chmodSync, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '../logger.ts';

/** What members of the group and everybody else may do. */
const others = 0o077;
/** What the folder of an embedded database holds, where it holds nothing else. */
const own = /^(postgres|lease-.*|lock)$/;

/**
 * Makes the folder of an embedded database for its owner alone: what runs are given and give may be
 * anybody's secret. One that others can get into is closed to them, with all that is in it, and
 * where that is not allowed, the logger is told. A folder that is shared with other things stays as it
 * is; the database in it does not.
 */
export function makePrivate(folder: string, database: string, logger: Logger): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  mkdirSync(database, { recursive: true, mode: 0o700 });
  try {
    if (readdirSync(folder).every((name) => own.test(name))) closeToOthers(folder);
    // Once its folder is closed, nobody else reaches what is in it.
    if (closeToOthers(database)) closeAll(database);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    logger.warn(
      `dataDir: others may read ${folder}, and its permissions can't be changed (${code}). Give it ` +
        'to the user of this process, with the permissions 700',
    );
  }
}

function closeAll(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      closeToOthers(path);
      closeAll(path);
    } else if (entry.isFile()) {
      closeToOthers(path);
    }
  }
}

/** Whether it was open to others. */
function closeToOthers(path: string): boolean {
  const { mode } = lstatSync(path);
  if ((mode & others) === 0 || process.platform === 'win32') return false;
  chmodSync(path, mode & 0o700);
  return true;
}
