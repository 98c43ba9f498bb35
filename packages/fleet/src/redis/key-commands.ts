import type { RedisConnection } from './connection.ts';

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

/** Sends commands, each through a guard that may throw instead. */
export function keyCommands(
  connection: RedisConnection,
  signal: AbortSignal | undefined,
  guarded: (send: () => Promise<unknown>) => Promise<unknown>,
): KeyCommands {
  return {
    getAll: (keys) => guarded(() => connection.getAll(keys, signal)),
    put: (key, value, ttlMs) => guarded(() => connection.put({ key, value, ttlMs }, signal)),
    remove: (key) => guarded(() => connection.remove(key, signal)),
    exists: (keys) => guarded(() => connection.exists(keys, signal)),
    score: (key, member) => guarded(() => connection.score(key, member, signal)),
  };
}
