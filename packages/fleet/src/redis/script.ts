import type { RedisConnection, ScriptCall } from './connection.ts';

/** A Lua script, and the name by which a server knows it that has run it before. */
export interface Script {
  readonly sha1: string;
  readonly text: string;
}

/**
 * Runs a script by its name; in full where the server does not know it, or no longer. `admit` throws
 * where nothing may be sent any more.
 */
export async function runScript(
  connection: RedisConnection,
  { sha1, text }: Script,
  call: ScriptCall,
  admit: () => void,
): Promise<unknown> {
  admit();
  try {
    return await connection.evalSha(sha1, call);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
    admit();
    return connection.eval(text, call);
  }
}
