import type { RedisConnection } from './connection.ts';

/** A Lua script, and the name by which a server knows it that has run it before. */
export interface Script {
  readonly sha1: string;
  readonly text: string;
}

/** Runs a script by its name; in full where the server does not know it, or no longer. */
export async function runScript(
  connection: RedisConnection,
  { sha1, text }: Script,
  keys: readonly string[],
  args: readonly string[],
): Promise<unknown> {
  try {
    return await connection.evalSha(sha1, keys, args);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
    return connection.eval(text, keys, args);
  }
}
