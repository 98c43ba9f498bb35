import { systemClock } from '@highway/resilience';
import { Interruption, neverSettles } from '../engine/journal/journal.ts';
import type { ChildRunStarter } from '../engine/journal/journal.ts';
import { messageOf } from '../errors.ts';
import { isDatabaseFailure, isTransient, unwrapFromDbos } from './database-errors.ts';
import type { PoolGuard } from './guarded-pool.ts';
import { dbRetryConfig, runWithAbortableDbRetries } from './internals.ts';

// A failover takes seconds. Callers outside of a run get the error after this time; a run waits for as
// long as it takes.
const callerRetryMs = 10_000;
const firstPauseMs = 50;
const longestPauseMs = 500;

/**
 * Makes DBOS retry soon and often. Its own pauses grow to a minute, and a run would wait that long
 * after the database has recovered.
 */
export function shortenDbosBackoff(): void {
  dbRetryConfig.initialBackoffSec = firstPauseMs / 1000;
  dbRetryConfig.maxBackoffSec = longestPauseMs / 1000;
}

/**
 * Runs an operation of DBOS for a caller, and retries it while the database fails: for some seconds, or
 * without end inside of a run. Throws the database's own error.
 */
export async function retryDbos<T>(operation: () => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const timer = systemClock.setTimeout(() => {
    controller.abort();
  }, callerRetryMs);
  try {
    return await runWithAbortableDbRetries(controller.signal, operation);
  } catch (error) {
    throw unwrapFromDbos(error);
  } finally {
    systemClock.clearTimeout(timer);
  }
}

/** Runs a query, and retries it for some seconds while the database fails. It must be repeatable. */
export async function retryQuery<T>(query: () => Promise<T>, guard: PoolGuard): Promise<T> {
  const end = systemClock.now() + callerRetryMs;
  for (let ms = firstPauseMs; ; ms = Math.min(longestPauseMs, ms * 2)) {
    try {
      return await query();
    } catch (error) {
      if (guard.closed || !isTransient(error) || systemClock.now() + ms > end) throw error;
    }
    await pause(ms);
  }
}

/**
 * Retries what a run does inside of a journal entry for as long as the database fails. An error that
 * would come again each time ends the execution; it is never the outcome of the step.
 */
export function retryingStarter(
  starter: ChildRunStarter,
  isStopping: () => boolean,
): ChildRunStarter {
  const retry = async <T>(operation: () => Promise<T>): Promise<T> => {
    for (;;) {
      try {
        return await operation();
      } catch (error) {
        if (!isDatabaseFailure(error)) throw error;
        if (isStopping()) return neverSettles();
        if (!isTransient(error)) throw new Interruption(messageOf(error), { cause: error });
      }
      await pause(longestPauseMs);
    }
  };
  return {
    enqueue: (workflow, id, input) => retry(() => starter.enqueue(workflow, id, input)),
    waitForAny: (ids, signal) => retry(() => starter.waitForAny(ids, signal)),
    cancel: (ids) => retry(() => starter.cancel(ids)),
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    systemClock.setTimeout(resolve, ms);
  });
}
