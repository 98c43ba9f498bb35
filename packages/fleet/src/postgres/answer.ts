import { StoreTimeoutError } from '../errors.ts';
import type { TimeLimit } from '../time-limit.ts';
import type { PgClient } from './pg-client.ts';

/** Waits for an answer; where it comes too late, ends the connection and throws. */
export async function answerOf<T>(
  client: PgClient,
  limit: TimeLimit,
  ask: () => Promise<T>,
): Promise<T> {
  try {
    return await limit.wait(ask());
  } catch (error) {
    if (error instanceof StoreTimeoutError) destroy(client);
    throw error;
  }
}

/** Ends a connection in peace; by force where that takes too long. */
export async function ended(client: PgClient, limit: TimeLimit): Promise<void> {
  try {
    await answerOf(client, limit, () => client.end());
  } catch {
    // It has been ended by force.
  }
}

/** Ends a connection at once. */
export function destroy(client: PgClient): void {
  client.end().catch(() => undefined);
  // `end` waits for the server where no query is under way; a server that hangs never hears of it.
  client.connection?.stream?.destroy?.();
}
