import { WorkflowError } from '../errors.ts';
import { isKey, showKey } from '../option-checks.ts';
import { compensationsName } from '../engine/records/entry-names.ts';
import { isRecordText, parseRecord, unescapeWord } from '../engine/records/journal-record.ts';
import type { JournalRecord } from '../engine/records/journal-record.ts';
import { readFailure } from '../engine/records/records.ts';
import { StoredValue } from '../engine/records/stored-value.ts';
import type { RunCounts, RunDescription, RunFilter, RunSummary } from '../client/run-types.ts';
import type { RunStatus } from '../workflow.ts';
import type { Database, Rows } from './database.ts';
import { describeSteps, tryDecode, compensatedIn } from './describe-steps.ts';
import type { JournalEntry } from './describe-steps.ts';
import { engineVersionOf } from './queue-names.ts';
import { legacyFailure, legacyJournalError, parseLegacy } from './legacy-journal.ts';
import { readFilter } from './run-filter.ts';
import { runsQuery } from './run-query.ts';
import { failureOf } from './run-commands.ts';

type Row = Rows[number];

/** Reads an application's runs from the database. */
export class RunReader {
  readonly #app: string;
  readonly #database: Database;
  readonly #now: () => number;

  constructor(app: string, database: Database, now: () => number) {
    this.#app = app;
    this.#database = database;
    this.#now = now;
  }

  /** Lists the runs that match the filter, newest first. */
  async list(filter: RunFilter = {}): Promise<RunSummary[]> {
    const { where, having, values, limit } = readFilter(this.#app, filter);
    const query = runsQuery({ where, now: `$${values.length + 1}` });
    const text = `SELECT * FROM (${query}) runs WHERE ${having}
      ORDER BY created_at DESC, id ${limit === Infinity ? '' : `LIMIT ${limit}`}`;
    const rows = await this.#database.query(text, [...values, Math.floor(this.#now())]);
    return rows.map(summaryOf);
  }

  /** A run; `undefined` if there is no run with this id. */
  async find(id: string): Promise<RunSummary | undefined> {
    const row = await this.#find(id);
    return row === undefined ? undefined : summaryOf(row);
  }

  /** A run with its steps and child runs. */
  async describe(id: string): Promise<RunDescription> {
    const summary = await this.get(id);
    const [payload, entries, published, children] = await Promise.all([
      this.#payload(id),
      this.entries(id),
      this.#published(id),
      this.list({ parent: id, limit: Infinity }),
    ]);
    const steps = describeSteps(entries);
    return {
      ...summary,
      compensated: compensatedIn(steps),
      ...payload,
      steps,
      children,
      published,
    };
  }

  /** A run; throws `ERR_UNKNOWN_RUN` if there is no run with this id. */
  async get(id: string): Promise<RunSummary> {
    const summary = await this.find(id);
    if (summary !== undefined) return summary;
    throw this.#unknown(id);
  }

  /** A run that this version can continue; throws if its journal has an older format. */
  async getCurrent(id: string): Promise<RunSummary> {
    const row = await this.#find(id);
    if (row === undefined) throw this.#unknown(id);
    if (row['journal'] !== engineVersionOf(this.#app)) throw legacyJournalError(id);
    return summaryOf(row);
  }

  /** Run counts by status. The database counts, so there may be many runs. */
  async counts(): Promise<RunCounts> {
    const query = runsQuery({ where: 'w.application_name = $1', now: '$2', onlyOpen: true });
    const text = `SELECT status, circuit, count(*) AS count FROM (${query}) runs GROUP BY 1, 2`;
    const rows = await this.#database.query(text, [this.#app, Math.floor(this.#now())]);
    const statuses: Partial<Record<RunStatus, number>> = {};
    const circuits = new Map<string, number>();
    for (const row of rows) {
      const status = row['status'] as RunStatus;
      const count = Number(row['count']);
      statuses[status] = (statuses[status] ?? 0) + count;
      if (typeof row['circuit'] !== 'string') continue;
      const circuit = unescapeWord(row['circuit']);
      circuits.set(circuit, (circuits.get(circuit) ?? 0) + count);
    }
    return { statuses, circuits: Object.fromEntries(circuits) };
  }

  /** The entries of a run's journal, in order. */
  async entries(id: string): Promise<JournalEntry[]> {
    const rows = await this.#database.query(
      `SELECT function_id, function_name, output, started_at_epoch_ms, completed_at_epoch_ms
         FROM dbos.operation_outputs WHERE workflow_uuid = $1 ORDER BY function_id`,
      [id],
    );
    return rows.map((row) => ({
      position: Number(row['function_id']),
      name: String(row['function_name']),
      record: recordIn(row['output']),
      startedAt: dateOf(row['started_at_epoch_ms']),
      endedAt: dateOf(row['completed_at_epoch_ms']),
    }));
  }

  async #find(id: string): Promise<Row | undefined> {
    // Postgres would reject such a string, or confuse it with another one.
    if (!isKey(id, { longest: 10_000 })) return undefined;
    const where = 'w.workflow_uuid = $1 AND w.application_name = $2';
    const query = runsQuery({ where, now: '$3' });
    const [row] = await this.#database.query(query, [id, this.#app, Math.floor(this.#now())]);
    return row;
  }

  #unknown(id: string): WorkflowError {
    return new WorkflowError('ERR_UNKNOWN_RUN', `"${this.#app}" has no run ${showKey(id)}`);
  }

  async #payload(id: string): Promise<RunPayload> {
    const [row] = await this.#database.query(
      `SELECT w.status, COALESCE(i.inputs, w.inputs) AS input, COALESCE(o.output, w.output) AS output,
              COALESCE(o.error, w.error) AS error
         FROM dbos.workflow_status w
         LEFT JOIN dbos.workflow_input i ON i.workflow_uuid = w.workflow_uuid
         LEFT JOIN dbos.workflow_output o ON o.workflow_uuid = w.workflow_uuid
        WHERE w.workflow_uuid = $1`,
      [id],
    );
    const { status, input, output, error } = row ?? {};
    return {
      input: valueIn(input, (legacy) => (legacy as unknown[])[0]),
      ...(status === 'SUCCESS' && { output: valueIn(output) }),
      ...(status === 'CANCELLED' && { error: failureOf(id, status, undefined) }),
      ...failureIn(error),
    };
  }

  async #published(id: string): Promise<Record<string, unknown>> {
    const rows = await this.#database.query(
      'SELECT key, value FROM dbos.workflow_events WHERE workflow_uuid = $1 ORDER BY key',
      [id],
    );
    const unwrap = (legacy: unknown): unknown => (Object(legacy) as { value?: unknown }).value;
    return Object.fromEntries(rows.map(({ key, value }) => [String(key), valueIn(value, unwrap)]));
  }
}

type RunPayload = Pick<RunDescription, 'input' | 'output' | 'error'> &
  Partial<Pick<RunDescription, 'compensated'>>;

function summaryOf(row: Row): RunSummary {
  const id = String(row['id']);
  const status = row['status'] as RunStatus;
  const lastName = textOf(row['last_name']);
  const endedAt = dateOf(row['completed_at']);
  const parent = /^(.*)\/[^/]+\/[^/]+$/.exec(id)?.[1];
  const executor = textOf(row['executor_id']);
  const { circuit } = row;
  const until = dateOf(row['until']);
  const isStep =
    lastName !== undefined && !lastName.startsWith('DBOS.') && lastName !== compensationsName;
  return {
    id,
    workflow: String(row['name']),
    status,
    ...(typeof circuit === 'string' && { circuit: unescapeWord(circuit) }),
    ...((status === 'retrying' || status === 'sleeping') && until !== undefined && { until }),
    ...(isStep && { step: lastName }),
    version: String(row['version']),
    ...(executor !== undefined && { executor }),
    createdAt: dateOf(row['created_at'])!,
    updatedAt: dateOf(row['updated_at'])!,
    ...(endedAt !== undefined && { endedAt }),
    ...(parent !== undefined && { parent }),
  };
}

/** The record in a text from the database; `undefined` if it is something else, or can't be read. */
function recordIn(text: unknown): JournalRecord | undefined {
  return typeof text === 'string' ? parseRecord(text) : undefined;
}

/** The user's value in a text from the database, or the error of reading it. */
function valueIn(text: unknown, unwrapLegacy = (legacy: unknown): unknown => legacy): unknown {
  if (typeof text !== 'string') return undefined;
  const record = recordIn(text);
  if (record !== undefined) return tryDecode(new StoredValue(record.body));
  try {
    return isRecordText(text) ? undefined : unwrapLegacy(parseLegacy(text));
  } catch (error) {
    return error;
  }
}

/** The error of a failed run, in a text from the database. */
function failureIn(text: unknown): Partial<Pick<RunDescription, 'error' | 'compensated'>> {
  if (typeof text !== 'string') return {};
  const record = recordIn(text);
  try {
    if (record?.kind === 'failure') return { error: readFailure(record).error };
    if (record !== undefined) return { error: tryDecode(new StoredValue(record.body)) };
    return isRecordText(text) ? {} : (legacyFailure(parseLegacy(text)) ?? {});
  } catch (error) {
    return { error };
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function dateOf(epochMs: unknown): Date | undefined {
  return epochMs === null || epochMs === undefined ? undefined : new Date(Number(epochMs));
}
