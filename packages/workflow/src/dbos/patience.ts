import { systemClock } from '@highway/resilience';
import { runWithAbortableDbRetries } from '@dbos-inc/dbos-sdk/internal/context';
import { dbRetryConfig } from '@dbos-inc/dbos-sdk/internal/utils';
import { Interruption, never } from '../journal/journal.ts';
import type { Runs } from '../journal/journal.ts';
import { messageOf } from '../errors.ts';
import { fromDbos, isDatabaseFailure, mayPass } from './database-errors.ts';
import type { PoolGuard } from './guarded-pool.ts';

// A failover takes seconds. Whoever calls from outside of a run hears of the failure after that; a run
// waits for as long as it takes.
const patienceMs = 10_000;
const firstPauseMs = 50;
const longestPauseMs = 500;

/**
 * Has DBOS try again soon, and often: its own pauses grow to a minute, and a run would stand for as
 * long after the database is well again.
 */
export function makeDbosPatient(): void {
  dbRetryConfig.initialBackoffSec = firstPauseMs / 1000;
  dbRetryConfig.maxBackoffSec = longestPauseMs / 1000;
}

/**
 * Asks DBOS for something on behalf of a caller: for some seconds while the database fails, or without
 * end inside of a run. Throws what the database said.
 */
export async function askDbos<T>(operation: () => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const timer = systemClock.setTimeout(() => {
    controller.abort();
  }, patienceMs);
  try {
    return await runWithAbortableDbRetries(controller.signal, operation);
  } catch (error) {
    throw fromDbos(error);
  } finally {
    systemClock.clearTimeout(timer);
  }
}

/** Asks the database, and asks again for some seconds while it fails. The question may be repeated. */
export async function askDatabase<T>(question: () => Promise<T>, guard: PoolGuard): Promise<T> {
  const end = systemClock.now() + patienceMs;
  for (let ms = firstPauseMs; ; ms = Math.min(longestPauseMs, ms * 2)) {
    try {
      return await question();
    } catch (error) {
      if (guard.closed || !mayPass(error) || systemClock.now() + ms > end) throw error;
    }
    await pause(ms);
  }
}

/**
 * What runs ask for inside of a step: for as long as the database fails. What it would refuse each time
 * ends the execution, and is never the outcome of the step.
 */
export function patientRuns(runs: Runs, isStopping: () => boolean): Runs {
  const ask = async <T>(operation: () => Promise<T>): Promise<T> => {
    for (;;) {
      try {
        return await operation();
      } catch (error) {
        if (!isDatabaseFailure(error)) throw error;
        if (isStopping()) return never();
        if (!mayPass(error)) throw new Interruption(messageOf(error), { cause: error });
      }
      await pause(longestPauseMs);
    }
  };
  return {
    enqueue: (workflow, id, input) => ask(() => runs.enqueue(workflow, id, input)),
    ended: (ids, signal) => ask(() => runs.ended(ids, signal)),
    cancel: (ids) => ask(() => runs.cancel(ids)),
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    systemClock.setTimeout(resolve, ms);
  });
}
