import type { RedisConnection } from './connection.ts';
import { runScript } from './script.ts';
import { readScript } from './scripts.generated.ts';

/** Plain commands for keys with strings, for a caller that waits for the answer. */
export interface KeyCommands {
  /** Reads keys. In a cluster they must be in one slot. */
  getAll(keys: readonly string[]): Promise<unknown>;
  /** Sets a key that expires after so many ms. Returns its value before: `null` if there was none. */
  put(key: string, value: string, ttlMs: number): Promise<unknown>;
  remove(key: string): Promise<unknown>;
  /** How many of the keys there are. In a cluster they must be in one slot. */
  exists(keys: readonly string[]): Promise<unknown>;
  /** The score of a member of a sorted set: `null` if it is not there. */
  score(key: string, member: string): Promise<unknown>;
}

/** Lua limits how many values it can unpack. */
const mostKeys = 1000;

/** Sends commands, each through a guard that may throw instead. Only masters answer them. */
export function keyCommands(
  connection: RedisConnection,
  signal: AbortSignal | undefined,
  guarded: (send: () => Promise<unknown>) => Promise<unknown>,
): KeyCommands {
  const writes = {
    put: (key: string, value: string, ttlMs: number) =>
      guarded(() => connection.put({ key, value, ttlMs }, signal)),
    remove: (key: string) => guarded(() => connection.remove(key, signal)),
  };
  if (!connection.mayAskReplicas) {
    return {
      ...writes,
      getAll: (keys) => guarded(() => connection.getAll(keys, signal)),
      exists: (keys) => guarded(() => connection.exists(keys, signal)),
      score: (key, member) => guarded(() => connection.score(key, member, signal)),
    };
  }
  const read = (keys: readonly string[], ...args: string[]): Promise<unknown> =>
    guarded(() => runScript(connection, readScript, { keys, args, signal }, () => undefined));
  const readInChunks = (keys: readonly string[], command: string): Promise<unknown[]> =>
    Promise.all(chunksOf(keys).map((some) => read(some, command)));
  return {
    ...writes,
    getAll: async (keys) => (await readInChunks(keys, 'MGET')).flat(),
    exists: async (keys) =>
      (await readInChunks(keys, 'EXISTS')).reduce<number>((sum, count) => sum + Number(count), 0),
    score: (key, member) => read([key], 'ZSCORE', member),
  };
}

function chunksOf(keys: readonly string[]): readonly (readonly string[])[] {
  const count = Math.ceil(keys.length / mostKeys);
  return Array.from({ length: count }, (_, i) => keys.slice(i * mostKeys, (i + 1) * mostKeys));
}
