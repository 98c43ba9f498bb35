import type { Clock } from '@highway/resilience';
import { WorkflowError } from '../errors.ts';
import { isGone, thisHolder } from '../holder.ts';
import type { Holder } from '../holder.ts';
import type { ExecutorTable } from './executor-table.ts';

/** What an executor's id is taken with. */
export interface LeaseRequest {
  readonly executorId: string;
  readonly queues: readonly string[];
  readonly clock: Clock;
  /** Whether no other process can be at work on the database: it has a lease of its own. */
  readonly isAlone: boolean;
}

const lookEveryMs = 250;

/** A text that tells this process from all others. */
export function newToken(): string {
  const { token, pid, system } = thisHolder();
  return JSON.stringify({ token, pid, system });
}

/**
 * Takes an executor's id. Where a process has it, its heart is watched: one that beats is alive, and
 * this throws `ERR_ENGINE_IN_USE`; one that has not beaten for ten seconds is succeeded, and so is one
 * at once that has stopped, or is gone for certain. Says whether the one before died.
 */
export async function takeExecutor(
  table: ExecutorTable,
  { executorId, queues, clock, isAlone }: LeaseRequest,
): Promise<{ readonly afterDeath: boolean }> {
  for (let seen = await table.holder(); ;) {
    const over = seen !== undefined && (isAlone || isOver(seen.token)) ? seen.token : undefined;
    if (await table.claim(queues, over)) {
      return { afterDeath: seen !== undefined && !seen.stopped && !seen.adopted };
    }
    await new Promise<void>((resolve) => void clock.setTimeout(resolve, lookEveryMs));
    const now = await table.holder();
    const isQuiet = now === undefined || now.stopped || now.adopted;
    const moved = seen !== undefined && (now?.token !== seen.token || now.beat !== seen.beat);
    if (moved && !isQuiet) throw inUse(executorId);
    seen = now;
  }
}

/** The error of those who can't have an id, or have lost it. */
export function inUse(executorId: string): WorkflowError {
  return new WorkflowError(
    'ERR_ENGINE_IN_USE',
    `executorId: another process runs as ${JSON.stringify(executorId)}; each needs an id of its own`,
  );
}

function isOver(token: string): boolean {
  try {
    const { pid, system } = JSON.parse(token) as Partial<Holder>;
    if (typeof pid !== 'number' || typeof system !== 'string') return false;
    return isGone({ token, pid, host: '', system });
  } catch {
    return false;
  }
}
