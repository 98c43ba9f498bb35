import { recordVersion } from '../engine/records/journal-record.ts';

/** The name of the entry with the deadline of a wait for a signal. */
export const waitName = 'DBOS.sleep';

// The queue's name has the version of the workflow. Without a queue, it is the one at the start.
export const versionColumn =
  "COALESCE(substring(w.queue_name from '@(.*)$'), w.authenticated_user, '')";

/** The head of a record; NULL if the text isn't one. Queries never read the body. */
function headOf(text: string): string {
  const beginning = `left(${text}, 2048)`;
  return `CASE WHEN starts_with(${beginning}, '${recordVersion} ')
               THEN split_part(${beginning}, E'\\n', 1) END`;
}

/** A field of a head, at any position. */
function fieldOf(head: string, field: string): string {
  return `substring(${head} from ' ${field}=([^ ]*)')`;
}

/** The parts of a query for runs. */
export interface RunQuery {
  /** The condition on `dbos.workflow_status`, as `w`. */
  readonly where: string;
  /** The current time in epoch ms, as SQL: a wait whose time is over doesn't count. */
  readonly now: string;
  /** Whether to read the last entry only of runs whose status depends on it. */
  readonly onlyOpen?: boolean;
}

/**
 * Selects runs with their statuses: the only place that derives a status from a journal. The last entry
 * of a run's journal, or its end, says it all, so no other record of the status is needed.
 */
export function runsQuery({ where, now, onlyOpen = false }: RunQuery): string {
  return `
  SELECT s.*, CASE WHEN s.status = 'parked' THEN COALESCE(${fieldOf('s.head', 'circuit')}, '') END AS circuit
    FROM (
    SELECT r.*,
           CASE r.dbos_status
             WHEN 'SUCCESS' THEN 'done'
             WHEN 'ERROR' THEN COALESCE(${fieldOf('r.failure', 'status')}, 'failed')
             WHEN 'MAX_RECOVERY_ATTEMPTS_EXCEEDED' THEN 'failed'
             WHEN 'CANCELLED' THEN 'cancelled'
             WHEN 'ENQUEUED' THEN 'queued'
             WHEN 'DELAYED' THEN 'queued'
             ELSE CASE
               WHEN r.is_wait THEN 'waiting'
               WHEN r.until <= ${now}::bigint THEN 'running'
               ELSE COALESCE(${fieldOf('r.head', 'status')}, 'running')
             END
           END AS status
      FROM (
      SELECT h.*, ${fieldOf('h.head', 'until')}::bigint AS until
        FROM (${rows(where, onlyOpen)}) h) r) s`;
}

/**
 * One index lookup for each run. DBOS writes the entry of a wait for a signal when the wait is over;
 * before that there is only its deadline, at the next position.
 */
function rows(where: string, onlyOpen: boolean): string {
  return `
    SELECT w.workflow_uuid AS id, w.name, w.status AS dbos_status, w.executor_id, ${versionColumn} AS version,
           w.application_version AS journal, w.created_at, w.updated_at, w.completed_at,
           last.function_name AS last_name,
           COALESCE(last.function_name = '${waitName}' AND NOT EXISTS (
             SELECT 1 FROM dbos.operation_outputs p
              WHERE p.workflow_uuid = w.workflow_uuid AND p.function_id = last.function_id - 1
           ), false) AS is_wait,
           ${headOf('last.output')} AS head,
           CASE WHEN w.status = 'ERROR' THEN ${headOf('COALESCE(o.error, w.error)')} END AS failure
      FROM dbos.workflow_status w
      LEFT JOIN dbos.workflow_output o ON w.status = 'ERROR' AND o.workflow_uuid = w.workflow_uuid
      LEFT JOIN LATERAL (
        SELECT e.function_id, e.function_name, e.output
          FROM dbos.operation_outputs e
         WHERE e.workflow_uuid = w.workflow_uuid ${onlyOpen ? "AND w.status = 'PENDING'" : ''}
         ORDER BY e.function_id DESC LIMIT 1) last ON true
     WHERE ${where}`;
}
