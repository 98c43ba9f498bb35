import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Framework } from './frameworks.ts';
import type { Kind } from './handlers.ts';

const program = fileURLToPath(new URL('programs/server.js', import.meta.url));

export interface ServerOptions {
  readonly framework: Framework;
  readonly kind: Kind;
  readonly shedding: boolean;
}

/** Starts a server in a process of its own, uses it, and ends it. */
export async function withServer<T>(
  { framework, kind, shedding }: ServerOptions,
  use: (port: number) => Promise<T>,
): Promise<T> {
  const child = fork(program, [framework, kind, shedding ? 'yes' : 'no']);
  try {
    const [port] = (await once(child, 'message')) as [number];
    return await use(port);
  } finally {
    child.kill('SIGKILL');
  }
}
