import { StoreTimeoutError } from '../errors.ts';
import type { TimeLimit } from '../support/time-limit.ts';
import type { PgClient } from './pg-client.ts';

/** Waits for an answer; if it takes too long, ends the connection and throws. */
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

/** Ends a connection in an orderly way, and by force if that takes too long. */
export async function ended(client: PgClient, limit: TimeLimit): Promise<void> {
  try {
    await answerOf(client, limit, () => client.end());
  } catch {
    // It was ended by force.
  }
}

/** Ends a connection at once. */
export function destroy(client: PgClient): void {
  client.end().catch(() => undefined);
  // `end` may wait for the server, and a server that hangs never answers.
  client.connection?.stream?.destroy?.();
}
