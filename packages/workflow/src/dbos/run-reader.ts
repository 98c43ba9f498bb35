import { DBOSJSON, SERIALIZER_MARKER_KEY } from '@dbos-inc/dbos-sdk/internal/serialization';
import { WorkflowError } from '../errors.ts';
import { reviveError } from '../records/recorded-error.ts';
import type { RecordedFailure } from '../run/execute-run.ts';
import type { RunCounts, RunDescription, RunFilter, RunSummary } from '../runs.ts';
import type { RunStatus } from '../workflow.ts';
import type { Database, Rows } from './database.ts';
import { describeSteps } from './describe-steps.ts';
import type { JournalEntry } from './describe-steps.ts';
import { failureOf } from './steering.ts';
import { readFilter, versionColumn } from './run-filter.ts';
import { standingOf, waitName } from './run-status.ts';

type Row = Rows[number];

// The last entry of each run's journal says where the run stands; its beginning suffices. That is one
// look into an index for each run that is listed.
const runs = `
  SELECT w.workflow_uuid AS id, w.name, w.status, w.executor_id,
         ${versionColumn} AS version,
         w.created_at, w.updated_at, w.completed_at, last.function_name AS last_name,
         left(last.output, 1000) AS last_output, last.has_previous,
         CASE WHEN w.status = 'ERROR' THEN COALESCE(o.error, w.error) END AS error
    FROM dbos.workflow_status w
    LEFT JOIN dbos.workflow_output o ON w.status = 'ERROR' AND o.workflow_uuid = w.workflow_uuid
    LEFT JOIN LATERAL (
      SELECT e.function_name, e.output, EXISTS (
               SELECT 1 FROM dbos.operation_outputs p
                WHERE p.workflow_uuid = e.workflow_uuid AND p.function_id = e.function_id - 1
             ) AS has_previous
        FROM dbos.operation_outputs e
       WHERE e.workflow_uuid = w.workflow_uuid
       ORDER BY e.function_id DESC LIMIT 1) last ON true`;

// The beginning of the last entry, cut to what says where the run stands: equal for many runs.
const counted = `
  SELECT r.status,
         substring(r.last_output from '^{"json":{"state":"parked","circuit":"(?:[^"\\\\]|\\\\.)*"|^{"json":{"state":"[a-z]+"')
           AS beginning,
         COALESCE(r.last_name = 'DBOS.sleep' AND NOT r.has_previous, false) AS is_wait,
         COALESCE(CASE WHEN r.error LIKE '%"undone":["%' THEN
             json_array_length(r.error::json #> '{json,highway,undone}') > 0 AND
             (r.error::json #>> '{json,highway,error,properties,code}') IS DISTINCT FROM 'ERR_COMPENSATION'
           END, false) AS undone,
         count(*) AS count
    FROM (${runs} WHERE w.application_name = $1) r
   GROUP BY 1, 2, 3, 4`;

// Where the status shows in the entries alone, more is read than was asked for, so much at a time.
const page = 1_000;

/** Reads what the database has of an application's runs. */
export class RunReader {
  readonly #app: string;
  readonly #database: Database;
  readonly #now: () => number;

  constructor(app: string, database: Database, now: () => number) {
    this.#app = app;
    this.#database = database;
    this.#now = now;
  }

  /** The runs that fit the filter, the newest first. */
  async list(filter: RunFilter = {}): Promise<RunSummary[]> {
    const { where, values, statuses, limit } = readFilter(this.#app, filter);
    const size = statuses === undefined ? Math.min(limit, page) : page;
    const found: RunSummary[] = [];
    for (let offset = 0; found.length < limit; offset += size) {
      const text = `${runs} WHERE ${where} ORDER BY w.created_at DESC, w.workflow_uuid
        LIMIT ${size} OFFSET ${offset}`;
      const rows = await this.#database.query(text, [...values]);
      const summaries = rows.map((row) => this.#summary(row));
      found.push(...summaries.filter(({ status }) => statuses?.includes(status) ?? true));
      if (rows.length < size) break;
    }
    return found.slice(0, limit);
  }

  /** One run; `undefined` where there is none of that id. */
  async find(id: string): Promise<RunSummary | undefined> {
    const text = `${runs} WHERE w.workflow_uuid = $1 AND w.application_name = $2`;
    const [row] = await this.#database.query(text, [id, this.#app]);
    return row === undefined ? undefined : this.#summary(row);
  }

  /** One run, with its steps and branches. */
  async describe(id: string): Promise<RunDescription> {
    const summary = await this.get(id);
    const [payload, entries, published, branches] = await Promise.all([
      this.#payload(id),
      this.entries(id),
      this.#published(id),
      this.list({ parent: id, limit: Infinity }),
    ]);
    return { ...summary, ...payload, steps: describeSteps(entries), branches, published };
  }

  /** One run; throws where there is none of that id. */
  async get(id: string): Promise<RunSummary> {
    const summary = await this.find(id);
    if (summary !== undefined) return summary;
    throw new WorkflowError('ERR_UNKNOWN_RUN', `There is no run "${id}" of "${this.#app}"`);
  }

  /** How many runs stand where. Counted by the database, so that there may be many. */
  async counts(): Promise<RunCounts> {
    const rows = await this.#database.query(counted, [this.#app]);
    const statuses: Partial<Record<RunStatus, number>> = {};
    const circuits: Record<string, number> = {};
    for (const row of rows) {
      const { status, circuit } = standingOf(
        {
          status: String(row['status']),
          lastName: row['is_wait'] === true ? waitName : undefined,
          lastOutput: textOf(row['beginning']),
          hasPrevious: false,
          undone: row['undone'] === true,
        },
        0,
      );
      const count = Number(row['count']);
      statuses[status] = (statuses[status] ?? 0) + count;
      if (circuit !== undefined) circuits[circuit] = (circuits[circuit] ?? 0) + count;
    }
    return { statuses, circuits };
  }

  /** The journal of a run, in order. */
  async entries(id: string): Promise<JournalEntry[]> {
    const rows = await this.#database.query(
      `SELECT function_id, function_name, output, error, started_at_epoch_ms, completed_at_epoch_ms
         FROM dbos.operation_outputs WHERE workflow_uuid = $1 ORDER BY function_id`,
      [id],
    );
    return rows.map((row) => ({
      place: Number(row['function_id']),
      name: String(row['function_name']),
      output: parse(row['output']),
      startedAt: dateOf(row['started_at_epoch_ms']),
      endedAt: dateOf(row['completed_at_epoch_ms']),
    }));
  }

  async #payload(
    id: string,
  ): Promise<Pick<RunDescription, 'input' | 'output' | 'error' | 'undone'>> {
    const [row] = await this.#database.query(
      `SELECT w.status, COALESCE(i.inputs, w.inputs) AS input, COALESCE(o.output, w.output) AS output,
              COALESCE(o.error, w.error) AS error
         FROM dbos.workflow_status w
         LEFT JOIN dbos.workflow_input i ON i.workflow_uuid = w.workflow_uuid
         LEFT JOIN dbos.workflow_output o ON o.workflow_uuid = w.workflow_uuid
        WHERE w.workflow_uuid = $1`,
      [id],
    );
    const [input] = (parse(row?.['input']) ?? []) as unknown[];
    const status = String(row?.['status']);
    const failure = failureIn(row?.['error']);
    return {
      input,
      undone: failure?.undone ?? [],
      ...(status === 'SUCCESS' && { output: parse(row?.['output']) }),
      ...(failure !== undefined && { error: reviveError(failure.error) }),
      ...(status === 'CANCELLED' && { error: failureOf(id, status, undefined) }),
    };
  }

  async #published(id: string): Promise<Record<string, unknown>> {
    const rows = await this.#database.query(
      'SELECT key, value FROM dbos.workflow_events WHERE workflow_uuid = $1 ORDER BY key',
      [id],
    );
    return Object.fromEntries(
      rows.map(({ key, value }) => [String(key), (parse(value) as { value: unknown }).value]),
    );
  }

  #summary(row: Row): RunSummary {
    const id = String(row['id']);
    const failure = failureIn(row['error']);
    const lastName = textOf(row['last_name']);
    const state = {
      status: String(row['status']),
      lastName,
      lastOutput: textOf(row['last_output']),
      hasPrevious: row['has_previous'] === true,
      undone: failure !== undefined && isUndone(failure),
    };
    const endedAt = dateOf(row['completed_at']);
    const parent = /^(.*)\/[^/]+\/[^/]+$/.exec(id)?.[1];
    const executor = textOf(row['executor_id']);
    return {
      id,
      workflow: String(row['name']),
      ...standingOf(state, this.#now()),
      ...(lastName !== undefined && !lastName.startsWith('DBOS.') && { step: lastName }),
      version: String(row['version']),
      ...(executor !== undefined && { executor }),
      createdAt: dateOf(row['created_at'])!,
      updatedAt: dateOf(row['updated_at'])!,
      ...(endedAt !== undefined && { endedAt }),
      ...(parent !== undefined && { parent }),
    };
  }
}

/** Whether steps were undone, and none of that failed. */
function isUndone({ error, undone }: RecordedFailure): boolean {
  return undone.length > 0 && error.properties?.['code'] !== 'ERR_COMPENSATION';
}

function failureIn(error: unknown): RecordedFailure | undefined {
  if (typeof error !== 'string') return undefined;
  const { highway } = Object(parse(error)) as { highway?: RecordedFailure };
  return highway;
}

function parse(text: unknown): unknown {
  if (typeof text !== 'string') return undefined;
  // What DBOS notes down for itself is plain JSON.
  return text.includes(SERIALIZER_MARKER_KEY) ? DBOSJSON.parse(text) : JSON.parse(text);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function dateOf(epochMs: unknown): Date | undefined {
  return epochMs === null || epochMs === undefined ? undefined : new Date(Number(epochMs));
}
