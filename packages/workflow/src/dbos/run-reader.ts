import { WorkflowError } from '../errors.ts';
import { isKeyText, showKey } from '../option-checks.ts';
import { isRecordText, parseRecord, unescapeWord } from '../records/journal-record.ts';
import type { JournalRecord } from '../records/journal-record.ts';
import { readFailure } from '../records/records.ts';
import { Stored } from '../records/stored.ts';
import type { RunCounts, RunDescription, RunFilter, RunSummary } from '../runs.ts';
import type { RunStatus } from '../workflow.ts';
import type { Database, Rows } from './database.ts';
import { describeSteps, openFor, undoneIn } from './describe-steps.ts';
import type { JournalEntry } from './describe-steps.ts';
import { engineVersionOf } from './names.ts';
import { oldFailure, oldJournal, parseOld } from './old-journal.ts';
import { readFilter } from './run-filter.ts';
import { runsQuery } from './run-query.ts';
import { failureOf } from './steering.ts';

type Row = Rows[number];

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
    const { where, stands, values, limit } = readFilter(this.#app, filter);
    const query = runsQuery({ where, now: `$${values.length + 1}` });
    const text = `SELECT * FROM (${query}) runs WHERE ${stands}
      ORDER BY created_at DESC, id ${limit === Infinity ? '' : `LIMIT ${limit}`}`;
    const rows = await this.#database.query(text, [...values, Math.floor(this.#now())]);
    return rows.map(summaryOf);
  }

  /** One run; `undefined` where there is none of that id. */
  async find(id: string): Promise<RunSummary | undefined> {
    const row = await this.#find(id);
    return row === undefined ? undefined : summaryOf(row);
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
    const steps = describeSteps(entries);
    return { ...summary, undone: undoneIn(steps), ...payload, steps, branches, published };
  }

  /** One run; throws where there is none of that id. */
  async get(id: string): Promise<RunSummary> {
    const summary = await this.find(id);
    if (summary !== undefined) return summary;
    throw this.#unknown(id);
  }

  /** One run that can be steered; throws where its journal is one of an older version. */
  async getOwn(id: string): Promise<RunSummary> {
    const row = await this.#find(id);
    if (row === undefined) throw this.#unknown(id);
    if (row['journal'] !== engineVersionOf(this.#app)) throw oldJournal(id);
    return summaryOf(row);
  }

  /** How many runs stand where. Counted by the database, so that there may be many. */
  async counts(): Promise<RunCounts> {
    const query = runsQuery({ where: 'w.application_name = $1', now: '$2', onlyOpen: true });
    const text = `SELECT standing, circuit, count(*) AS count FROM (${query}) runs GROUP BY 1, 2`;
    const rows = await this.#database.query(text, [this.#app, Math.floor(this.#now())]);
    const statuses: Partial<Record<RunStatus, number>> = {};
    const circuits = new Map<string, number>();
    for (const row of rows) {
      const status = row['standing'] as RunStatus;
      const count = Number(row['count']);
      statuses[status] = (statuses[status] ?? 0) + count;
      if (typeof row['circuit'] !== 'string') continue;
      const circuit = unescapeWord(row['circuit']);
      circuits.set(circuit, (circuits.get(circuit) ?? 0) + count);
    }
    return { statuses, circuits: Object.fromEntries(circuits) };
  }

  /** The journal of a run, in order. */
  async entries(id: string): Promise<JournalEntry[]> {
    const rows = await this.#database.query(
      `SELECT function_id, function_name, output, started_at_epoch_ms, completed_at_epoch_ms
         FROM dbos.operation_outputs WHERE workflow_uuid = $1 ORDER BY function_id`,
      [id],
    );
    return rows.map((row) => ({
      place: Number(row['function_id']),
      name: String(row['function_name']),
      record: recordIn(row['output']),
      startedAt: dateOf(row['started_at_epoch_ms']),
      endedAt: dateOf(row['completed_at_epoch_ms']),
    }));
  }

  async #find(id: string): Promise<Row | undefined> {
    // Postgres would refuse such a text, or take it for another.
    if (!isKeyText(id, { longest: 10_000 })) return undefined;
    const where = 'w.workflow_uuid = $1 AND w.application_name = $2';
    const query = runsQuery({ where, now: '$3' });
    const [row] = await this.#database.query(query, [id, this.#app, Math.floor(this.#now())]);
    return row;
  }

  #unknown(id: string): WorkflowError {
    return new WorkflowError('ERR_UNKNOWN_RUN', `There is no run ${showKey(id)} of "${this.#app}"`);
  }

  async #payload(id: string): Promise<Payload> {
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
      input: valueIn(input, (old) => (old as unknown[])[0]),
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
    const unwrap = (old: unknown): unknown => (Object(old) as { value?: unknown }).value;
    return Object.fromEntries(rows.map(({ key, value }) => [String(key), valueIn(value, unwrap)]));
  }
}

type Payload = Pick<RunDescription, 'input' | 'output' | 'error'> &
  Partial<Pick<RunDescription, 'undone'>>;

function summaryOf(row: Row): RunSummary {
  const id = String(row['id']);
  const status = row['standing'] as RunStatus;
  const lastName = textOf(row['last_name']);
  const endedAt = dateOf(row['completed_at']);
  const parent = /^(.*)\/[^/]+\/[^/]+$/.exec(id)?.[1];
  const executor = textOf(row['executor_id']);
  const { circuit } = row;
  const until = dateOf(row['until']);
  const isStep = lastName !== undefined && !/^(?:DBOS\.|undo\/$)/.test(lastName);
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

/** The record in a text of the database; nothing where it is something else, or can't be read. */
function recordIn(text: unknown): JournalRecord | undefined {
  return typeof text === 'string' ? parseRecord(text) : undefined;
}

/** The user's value in a text of the database; the error that says why, where nobody can read it. */
function valueIn(text: unknown, unwrapOld = (old: unknown): unknown => old): unknown {
  if (typeof text !== 'string') return undefined;
  const record = recordIn(text);
  if (record !== undefined) return openFor(new Stored(record.body));
  try {
    return isRecordText(text) ? undefined : unwrapOld(parseOld(text));
  } catch (error) {
    return error;
  }
}

/** How a run has failed, in a text of the database. */
function failureIn(text: unknown): Partial<Pick<RunDescription, 'error' | 'undone'>> {
  if (typeof text !== 'string') return {};
  const record = recordIn(text);
  try {
    if (record?.kind === 'failure') return { error: readFailure(record).error };
    if (record !== undefined) return { error: openFor(new Stored(record.body)) };
    return isRecordText(text) ? {} : (oldFailure(parseOld(text)) ?? {});
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
