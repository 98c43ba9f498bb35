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
