import { systemClock } from '@highway/resilience';
import type { SystemDatabase } from './internals.ts';

/**
 * Makes the runs of this process that wait for a message check at once whether they were cancelled,
 * and whether the database is still open: one run, or all of them. By themselves they check once a
 * minute.
 */
export function wakeReceivers({ notificationsMap }: SystemDatabase, runId?: string): void {
  for (const key of [...notificationsMap.map.keys()]) {
    // The key consists of the run and the topic.
    if (runId === undefined || key.startsWith(`${runId}::`)) notificationsMap.callCallbacks(key);
  }
}

/**
 * Makes all receivers check whenever DBOS has reconnected its listener, since a message that arrived
 * meanwhile was not noticed. DBOS sets `notificationsClient` once the listener is connected.
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
 * Closes the listener's connection if it doesn't answer in time: DBOS then opens a new one. A network
 * can drop a connection without either side noticing.
 */
export async function checkListener(database: SystemDatabase, timeoutMs: number): Promise<void> {
  const { notificationsClient: client } = database as unknown as {
    notificationsClient: Listener | null;
  };
  const stream = client?.connection?.stream;
  if (client === null || stream === undefined) return;
  const timer = systemClock.setTimeout(() => {
    stream.destroy(new Error('The listener does not answer'));
  }, timeoutMs);
  await client.query('SELECT 1').catch(() => undefined);
  systemClock.clearTimeout(timer);
}
