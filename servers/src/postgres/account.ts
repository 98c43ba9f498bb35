import { readFileSync } from 'node:fs';
import type { Account } from '../process/server-process.ts';

/** The account for Postgres, which does not run as root; `undefined` if this process is not root. */
export function postgresAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of ['postgres', 'nobody']) {
    const fields = users.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
    const [, , uid, gid] = fields.map(Number);
    if (uid !== undefined && gid !== undefined) return { uid, gid };
  }
  throw new Error('Postgres does not run as root, and there is no user postgres or nobody');
}
