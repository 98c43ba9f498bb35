import { WorkflowError } from '../errors.ts';
import { checkCount, checkKey, checkKeys } from '../option-checks.ts';
import { escapeWord } from '../engine/records/journal-record.ts';
import type { RunFilter } from '../client/run-types.ts';
import type { RunStatus } from '../workflow.ts';
import { versionColumn } from './run-query.ts';

/** A validated filter, as parts of a query. */
export interface ReadFilter {
  /** The condition on `dbos.workflow_status`, as `w`. */
  readonly where: string;
  /** The condition on the columns that `runsQuery` reads from the journals. */
  readonly having: string;
  readonly values: readonly unknown[];
  /** How many runs at most; may be `Infinity`. */
  readonly limit: number;
}

/** The statuses of DBOS for each status. The database has an index for them. */
const dbosStatuses: Readonly<Record<RunStatus, readonly string[]>> = {
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

/** Reads a filter for an application's runs; throws at the first invalid option and names it. */
export function readFilter(app: string, filter: RunFilter): ReadFilter {
  checkKeys('list', filter, known);
  const { workflow, version, parent, circuit, limit = defaultLimit } = filter;
  for (const [option, value] of Object.entries({ workflow, version, parent, circuit })) {
    if (value === undefined) continue;
    if (typeof value !== 'string') throw invalid(`${option}: expected a string`);
    // A circuit may have any name; the others are keys.
    if (option !== 'circuit' && value !== '') {
      checkKey(`list: ${option}`, value, { longest: 2_000 });
    }
  }
  const statuses = statusesOf(filter);
  const values: unknown[] = [app];
  const conditions = ['w.application_name = $1'];
  const having = ['true'];
  const add = (value: unknown, condition: (value: string) => string, to = conditions): void => {
    if (value === undefined) return;
    values.push(value);
    to.push(condition(`$${values.length}`));
  };
  const states = statuses && [...new Set(statuses.flatMap((status) => dbosStatuses[status]))];
  add(states, (value) => `w.status = ANY(${value})`);
  add(workflow, (value) => `w.name = ${value}`);
  add(version, (value) => `${versionColumn} = ${value}`);
  const prefix = parent === undefined ? undefined : `${parent}/`;
  add(prefix, (value) => `starts_with(w.workflow_uuid, ${value})`);
  add(statuses, (value) => `status = ANY(${value})`, having);
  const word = circuit === undefined ? undefined : escapeWord(circuit);
  add(word, (value) => `circuit = ${value}`, having);
  return {
    where: conditions.join(' AND '),
    having: having.join(' AND '),
    values,
    limit: checkCount('list: limit', limit, true),
  };
}

function statusesOf({ status, circuit }: RunFilter): readonly RunStatus[] | undefined {
  if (status === undefined) return circuit === undefined ? undefined : ['parked'];
  const statuses = typeof status === 'string' ? [status] : status;
  if (
    Array.isArray(statuses) &&
    statuses.every((one: string) => Object.hasOwn(dbosStatuses, one))
  ) {
    return statuses as readonly RunStatus[];
  }
  throw invalid(`status: expected one or more of ${Object.keys(dbosStatuses).join(', ')}`);
}

function invalid(message: string): WorkflowError {
  return new WorkflowError('ERR_DEFINITION', `list: ${message}`);
}
