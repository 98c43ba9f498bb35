import { WorkflowError } from '../errors.ts';
import { checkCount, checkKeys, checkText } from '../option-checks.ts';
import { escapeWord } from '../records/journal-record.ts';
import type { RunFilter } from '../runs.ts';
import type { RunStatus } from '../workflow.ts';
import { versionColumn } from './run-query.ts';

/** A filter, read: what the database is asked for. */
export interface ReadFilter {
  /** Which runs; `w` is the run. */
  readonly where: string;
  /** Which of those, by what is read from their journals. */
  readonly stands: string;
  readonly values: readonly unknown[];
  /** How many at most; may be `Infinity`. */
  readonly limit: number;
}

/** How a status shows in the database by itself, which has an index for it. */
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
    if (value === undefined) continue;
    if (typeof value !== 'string') throw bad(`${option}: takes a text`);
    // The name of a circuit is the user's, and the journal keeps any; the others are keys.
    if (option !== 'circuit' && value !== '')
      checkText(`list: ${option}`, value, { longest: 2_000 });
  }
  const statuses = statusesOf(filter);
  const values: unknown[] = [app];
  const conditions = ['w.application_name = $1'];
  const stands = ['true'];
  const add = (value: unknown, condition: (value: string) => string, to = conditions): void => {
    if (value === undefined) return;
    values.push(value);
    to.push(condition(`$${values.length}`));
  };
  const states = statuses && [...new Set(statuses.flatMap((status) => stored[status]))];
  add(states, (value) => `w.status = ANY(${value})`);
  add(workflow, (value) => `w.name = ${value}`);
  add(version, (value) => `${versionColumn} = ${value}`);
  const prefix = parent === undefined ? undefined : `${parent}/`;
  add(prefix, (value) => `starts_with(w.workflow_uuid, ${value})`);
  add(statuses, (value) => `standing = ANY(${value})`, stands);
  const word = circuit === undefined ? undefined : escapeWord(circuit);
  add(word, (value) => `circuit = ${value}`, stands);
  return {
    where: conditions.join(' AND '),
    stands: stands.join(' AND '),
    values,
    limit: checkCount('list: limit', limit, true),
  };
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
