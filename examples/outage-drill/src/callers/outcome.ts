import { isRejection, isTimeout, RetriesExceededError } from '@highway/resilience';
import type { CallOutcome } from '../report/records.ts';

/** The kind of failure of an error; after the last retry, that of its attempt. */
export function outcomeOf(error: unknown): Exclude<CallOutcome, 'ok' | 'unfinished'> {
  if (error instanceof RetriesExceededError) return outcomeOf(error.cause);
  if (isRejection(error)) return 'rejected';
  if (isTimeout(error) || nameOf(error) === 'TimeoutError') return 'timeout';
  return nameOf(error) === 'StatusError' ? 'status' : 'connection';
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}
