import { recordVersion } from '../records/journal-record.ts';

/** The entry with the deadline of a wait for a signal. */
export const waitName = 'DBOS.sleep';

// Its queue says which version of its workflow a run needs, and without one what it was started with.
export const versionColumn =
  "COALESCE(substring(w.queue_name from '@(.*)$'), w.authenticated_user, '')";

/** The head of a record; NULL where the text is none. What stands below it is read by nobody here. */
function headOf(text: string): string {
  const beginning = `left(${text}, 2048)`;
  return `CASE WHEN starts_with(${beginning}, '${recordVersion} ')
               THEN split_part(${beginning}, E'\\n', 1) END`;
}

/** A field of a head, wherever it stands there. */
function fieldOf(head: string, field: string): string {
  return `substring(${head} from ' ${field}=([^ ]*)')`;
}

/** What a query for runs is made of. */
export interface RunQuery {
  /** Which runs; `w` is the run. */
  readonly where: string;
  /** The place of the time among the values, in epoch ms: a wait that is over is none. */
  readonly now: string;
  /** Whether the last entry is only looked for where it says where the run stands. */
  readonly onlyOpen?: boolean;
}

/**
 * Runs and where they stand: the only place that says what an entry means for that. The last entry of
 * a run's journal says it, or its end; so nobody has to keep a record of it.
 */
export function runsQuery({ where, now, onlyOpen = false }: RunQuery): string {
  return `
  SELECT s.*, CASE WHEN s.standing = 'parked' THEN COALESCE(${fieldOf('s.head', 'circuit')}, '') END AS circuit
    FROM (
    SELECT r.*,
           CASE r.state
             WHEN 'SUCCESS' THEN 'done'
             WHEN 'ERROR' THEN COALESCE(${fieldOf('r.failure', 'stands')}, 'failed')
             WHEN 'MAX_RECOVERY_ATTEMPTS_EXCEEDED' THEN 'failed'
             WHEN 'CANCELLED' THEN 'cancelled'
             WHEN 'ENQUEUED' THEN 'queued'
             WHEN 'DELAYED' THEN 'queued'
             ELSE CASE
               WHEN r.is_wait THEN 'waiting'
               WHEN r.until <= ${now}::bigint THEN 'running'
               ELSE COALESCE(${fieldOf('r.head', 'stands')}, 'running')
             END
           END AS standing
      FROM (
      SELECT h.*, ${fieldOf('h.head', 'until')}::bigint AS until
        FROM (${rows(where, onlyOpen)}) h) r) s`;
}

/**
 * One look into an index for each run. A wait for a signal has its own entry written when it is over,
 * and before that, one place further, its deadline.
 */
function rows(where: string, onlyOpen: boolean): string {
  return `
    SELECT w.workflow_uuid AS id, w.name, w.status AS state, w.executor_id, ${versionColumn} AS version,
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
