import { WorkflowError } from '../errors.ts';
import { checkCount, checkKeys } from '../option-checks.ts';
import type { RunFilter } from '../runs.ts';
import type { RunStatus } from '../workflow.ts';
import { parkedOn } from './run-status.ts';

/** A filter, read: what the database is asked for, and what only the entries show. */
export interface ReadFilter {
  /** Stands behind a WHERE; `w` is the run, `last` the last entry of its journal. */
  readonly where: string;
  readonly values: readonly unknown[];
  /** Which runs to keep of those that come; `undefined` for all. */
  readonly statuses: readonly RunStatus[] | undefined;
  /** How many at most; may be `Infinity`. */
  readonly limit: number;
}

// Its queue says which version of its workflow a run needs, and without one what it was started with.
export const versionColumn =
  "COALESCE(substring(w.queue_name from '@(.*)$'), w.authenticated_user, '')";

/** How a status shows in the database; the rest is read from the last entry. */
const stored: Readonly<Record<RunStatus, readonly string[]>> = {
  queued: ['ENQUEUED', 'DELAYED'],
  running: ['PENDING'],
  parked: ['PENDING'],
  retrying: ['PENDING'],
  sleeping: ['PENDING'],
  waiting: ['PENDING'],
  done: ['SUCCESS'],
  failed: ['ERROR', 'MAX_RECOVERY_ATTEMPTS_EXCEEDED'],
  compensated: ['ERROR'],
  cancelled: ['CANCELLED'],
};

const known = ['status', 'circuit', 'workflow', 'version', 'parent', 'limit'];
const defaultLimit = 100;

/** Reads which of an application's runs are asked for; throws at the first option that is bad. */
export function readFilter(app: string, filter: RunFilter): ReadFilter {
  checkKeys('list', filter, known);
  const { workflow, version, parent, circuit, limit = defaultLimit } = filter;
  for (const [option, value] of Object.entries({ workflow, version, parent, circuit })) {
    if (value !== undefined && typeof value !== 'string') throw bad(`${option}: takes a text`);
  }
  const statuses = statusesOf(filter);
  const values: unknown[] = [app];
  const conditions = ['w.application_name = $1'];
  const add = (value: unknown, condition: (value: string) => string): void => {
    if (value === undefined) return;
    values.push(value);
    conditions.push(condition(`$${values.length}`));
  };
  const states = statuses && [...new Set(statuses.flatMap((status) => stored[status]))];
  add(states, (value) => `w.status = ANY(${value})`);
  add(workflow, (value) => `w.name = ${value}`);
  add(version, (value) => `${versionColumn} = ${value}`);
  const prefix = parent === undefined ? undefined : `${parent}/`;
  add(prefix, (value) => `starts_with(w.workflow_uuid, ${value})`);
  const beginning = circuit === undefined ? undefined : parkedOn(circuit);
  add(beginning, (value) => `starts_with(last.output, ${value})`);
  const where = conditions.join(' AND ');
  return { where, values, statuses, limit: checkCount('list: limit', limit, true) };
}

function statusesOf({ status, circuit }: RunFilter): readonly RunStatus[] | undefined {
  if (status === undefined) return circuit === undefined ? undefined : ['parked'];
  const statuses = typeof status === 'string' ? [status] : status;
  if (Array.isArray(statuses) && statuses.every((one: string) => Object.hasOwn(stored, one))) {
    return statuses as readonly RunStatus[];
  }
  throw bad(`status: takes one or several of ${Object.keys(stored).join(', ')}`);
}

function bad(message: string): WorkflowError {
  return new WorkflowError('ERR_DEFINITION', `list: ${message}`);
}
