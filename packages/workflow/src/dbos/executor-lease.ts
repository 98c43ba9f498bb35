import type { Clock } from '@highway/resilience';
import { WorkflowError } from '../errors.ts';
import { hasEnded, thisHolder } from '../lease-holder.ts';
import type { LeaseHolder } from '../lease-holder.ts';
import type { ExecutorTable } from './executor-table.ts';

/** A request for an executor id. */
export interface ExecutorIdRequest {
  readonly executorId: string;
  readonly queues: readonly string[];
  readonly clock: Clock;
  /** Whether no other process can use the database, since its folder has a lease of its own. */
  readonly isExclusive: boolean;
}

const pollMs = 250;

/** A token that is unique to this process. */
export function newToken(): string {
  const { token, pid, system } = thisHolder();
  return JSON.stringify({ token, pid, system });
}

/**
 * Acquires an executor id. If another process has it, this watches its heartbeat: while the heartbeat
 * continues, it throws `ERR_ENGINE_IN_USE`; after ten seconds without one it takes over the id, or at
 * once if that process has stopped or certainly ended. Returns whether the previous process died.
 */
export async function acquireExecutorId(
  table: ExecutorTable,
  { executorId, queues, clock, isExclusive }: ExecutorIdRequest,
): Promise<{ readonly afterDeath: boolean }> {
  for (let seen = await table.holder(); ;) {
    const replaceable =
      seen !== undefined && (isExclusive || holderHasEnded(seen.token)) ? seen.token : undefined;
    if (await table.claim(queues, replaceable)) {
      return { afterDeath: seen !== undefined && !seen.stopped && !seen.takenOver };
    }
    await new Promise<void>((resolve) => void clock.setTimeout(resolve, pollMs));
    const now = await table.holder();
    const isFree = now === undefined || now.stopped || now.takenOver;
    const hasBeaten = seen !== undefined && (now?.token !== seen.token || now.beat !== seen.beat);
    if (hasBeaten && !isFree) throw executorIdInUse(executorId);
    seen = now;
  }
}

/** The error for an executor id that another process has. */
export function executorIdInUse(executorId: string): WorkflowError {
  return new WorkflowError(
    'ERR_ENGINE_IN_USE',
    `executorId: another process uses ${JSON.stringify(executorId)}; each process needs its own id`,
  );
}

function holderHasEnded(token: string): boolean {
  try {
    const { pid, system } = JSON.parse(token) as Partial<LeaseHolder>;
    if (typeof pid !== 'number' || typeof system !== 'string') return false;
    return hasEnded({ token, pid, host: '', system });
  } catch {
    return false;
  }
}
