import type { Clock } from '@highway/resilience';
import { WorkflowError } from '../errors.ts';
import type { Database } from './database.ts';
import type { ExecutorKey } from './executor-table.ts';

const tries = 20;
const pauseMs = 250;

/**
 * Holds an executor's id for as long as this process is connected: a second process of the same id
 * would take over the first one's runs while they are being executed. The database notices the end
 * of a process that was killed, a moment later, so it is asked several times.
 */
export async function lockExecutor(
  database: Database,
  { app, executorId }: ExecutorKey,
  clock: Clock,
): Promise<() => Promise<void>> {
  for (let left = tries; left > 0; left -= 1) {
    const release = await database.lock(`@highway/workflow ${app} ${executorId}`);
    if (release !== undefined) return release;
    await new Promise<void>((resolve) => clock.setTimeout(resolve, pauseMs));
  }
  throw new WorkflowError(
    'ERR_ENGINE_IN_USE',
    `executorId: another process runs as "${executorId}"; each needs an id of its own`,
  );
}
