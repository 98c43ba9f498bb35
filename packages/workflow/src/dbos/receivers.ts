import { systemClock } from '@highway/resilience';
import type { DBOSExecutor } from '@dbos-inc/dbos-sdk/internal/dbos-executor';

/** What of DBOS knows who waits for a message. */
export type SystemDatabase = DBOSExecutor['systemDatabase'];

/**
 * Has the runs of this process that wait for a message look around at once, all or one: whether they
 * were cancelled, and whether there is still a database. By themselves they do so once a minute.
 */
export function wakeReceivers({ notificationsMap }: SystemDatabase, runId?: string): void {
  for (const key of [...notificationsMap.map.keys()]) {
    // The key is the run and what it waits for.
    if (runId === undefined || key.startsWith(`${runId}::`)) notificationsMap.callCallbacks(key);
  }
}

/**
 * Has all who wait look around whenever DBOS listens again: what came while nobody listened was not
 * heard. DBOS sets its listener once it hears by it.
 */
export function wakeWhenListening(database: SystemDatabase): void {
  const listening = database as unknown as { notificationsClient: unknown };
  let client = listening.notificationsClient;
  Object.defineProperty(listening, 'notificationsClient', {
    configurable: true,
    enumerable: true,
    get: () => client,
    set: (next: unknown) => {
      client = next;
      if (next !== null) wakeReceivers(database);
    },
  });
}

interface Listener {
  query(text: string): Promise<unknown>;
  readonly connection?: { readonly stream?: { destroy(error: Error): void } };
}

/**
 * Ends a connection that hears nothing any more, and doesn't know: DBOS then listens on another one.
 * A network can swallow a connection without a word.
 */
export async function checkListener(database: SystemDatabase, patienceMs: number): Promise<void> {
  const { notificationsClient: client } = database as unknown as {
    notificationsClient: Listener | null;
  };
  const stream = client?.connection?.stream;
  if (client === null || stream === undefined) return;
  const timer = systemClock.setTimeout(() => {
    stream.destroy(new Error('The listener does not answer'));
  }, patienceMs);
  await client.query('SELECT 1').catch(() => undefined);
  systemClock.clearTimeout(timer);
}
