import type { PgClient } from './pg-client.ts';

/** The database did not answer in time. */
export class PostgresTimeoutError extends Error {
  override readonly name: string = 'PostgresTimeoutError';
  readonly code: string = 'ERR_FLEET_POSTGRES_TIMEOUT';

  constructor(ms: number) {
    super(`Postgres did not answer within ${String(ms)} ms`);
  }
}

/** Waits for an answer so long; then ends the connection and throws. */
export async function answerOf<T>(
  client: PgClient,
  timeoutMs: number,
  ask: () => Promise<T>,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new PostgresTimeoutError(timeoutMs));
      destroy(client);
    }, timeoutMs);
  });
  try {
    return await Promise.race([ask(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Ends a connection in peace; by force where that takes too long. */
export async function ended(client: PgClient, timeoutMs: number): Promise<void> {
  try {
    await answerOf(client, timeoutMs, () => client.end());
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
