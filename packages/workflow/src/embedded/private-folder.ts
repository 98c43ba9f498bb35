import { chmodSync, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '../logger.ts';

/** The permissions of the group and of all others. */
const othersMode = 0o077;
/** The names in a folder that belongs to an embedded database alone. */
const ownNames = /^(postgres|lease-.*|lock)$/;

/**
 * Makes the folder of an embedded database accessible to its owner only, since inputs and results may be
 * secret. An existing folder that others can access is closed to them with everything in it; if that is
 * not permitted, the logger gets a warning. A folder with other content keeps its permissions, but the
 * database within it is closed.
 */
export function makePrivate(folder: string, database: string, logger: Logger): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  mkdirSync(database, { recursive: true, mode: 0o700 });
  try {
    if (readdirSync(folder).every((name) => ownNames.test(name))) closeToOthers(folder);
    // Once the folder is closed, nobody else can reach its content.
    if (closeToOthers(database)) closeAll(database);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    logger.warn(
      `dataDir: other users may read ${folder}, and its permissions can't be changed (${code}). Make the ` +
        'user of this process its owner, with mode 700',
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

/** Closes a file or folder to others; returns whether it was open to them. */
function closeToOthers(path: string): boolean {
  const { mode } = lstatSync(path);
  if ((mode & othersMode) === 0 || process.platform === 'win32') return false;
  chmodSync(path, mode & 0o700);
  return true;
}
