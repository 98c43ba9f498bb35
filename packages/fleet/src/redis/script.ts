import type { RedisConnection, ScriptCall } from './connection.ts';

/** A Lua script, and the hash by which a server knows it once it has run it. */
export interface Script {
  readonly sha1: string;
  readonly text: string;
}

/**
 * Runs a script by its hash, or in full if the server does not know it. `checkSend` throws if nothing may
 * be sent any more.
 */
export async function runScript(
  connection: RedisConnection,
  { sha1, text }: Script,
  call: ScriptCall,
  checkSend: () => void,
): Promise<unknown> {
  checkSend();
  try {
    return await connection.evalSha(sha1, call);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
    checkSend();
    return connection.eval(text, call);
  }
}
