import { EventEmitter } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import type { Results } from '@electric-sql/pglite';
import { GuardedFiles } from './guarded-files.ts';
import { Turns } from './turns.ts';

/** What a query gives, as `pg` does. */
export interface PoolResult {
  readonly rows: Record<string, unknown>[];
  readonly rowCount: number;
  readonly fields: readonly { readonly name: string }[];
}

/** A query as `pg` takes it: its text, or an object with text and values. */
type Query = string | { readonly text: string; readonly values?: unknown[] };

const int8 = 20;

/**
 * Looks like a `pg.Pool`, but is Postgres in this process. PGlite is one connection, so the clients
 * of this pool take turns: a statement at a time, or a transaction from BEGIN to its end.
 */
export class PglitePool extends EventEmitter {
  /** As in `pg`; what divides a pool's clients among its users goes by `max`. */
  readonly options: { readonly max: number } = { max: 20 };
  readonly #db: PGlite;
  readonly #check: () => void;
  readonly #turns = new Turns();
  #ended = false;

  private constructor(db: PGlite, check: () => void) {
    super();
    this.#db = db;
    this.#check = check;
  }

  /**
   * Opens the database in the folder, and makes one where there is none. `check` throws once the
   * folder is no longer this process's: then nothing is written any more, and statements fail with that.
   */
  static async open(folder: string, check: () => void): Promise<PglitePool> {
    // As in `pg`: a bigint may not fit a number, so it comes as a text.
    const parsers = { [int8]: (value: string): string => value };
    const options = { parsers, fs: new GuardedFiles(folder, check) };
    if (existsSync(join(folder, 'PG_VERSION'))) {
      return new PglitePool(await PGlite.create(options), check);
    }
    // A new database is unpacked, which takes a quarter of the time that making one does.
    const { dataDir } = await import('@electric-sql/pglite-prepopulatedfs');
    const loadDataDir = await dataDir();
    return new PglitePool(await PGlite.create({ ...options, loadDataDir }), check);
  }

  /** A client; release it. */
  connect(): Promise<PgliteClient> {
    return Promise.resolve(new PgliteClient(this));
  }

  /** Runs one statement. */
  query(query: Query, values?: unknown[]): Promise<PoolResult> {
    return this.#turns.take(() => this.run(query, values));
  }

  /** Closes the database; queries fail from then on. */
  async end(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#turns.take(async () => {
      try {
        this.#check();
      } catch {
        // To close it is to write. It is left as it is: somebody else has it open.
        return;
      }
      await this.#db.close();
    });
  }

  /** @internal */
  get turns(): Turns {
    return this.#turns;
  }

  /** @internal Runs a statement without waiting for a turn. */
  async run(query: Query, values?: unknown[]): Promise<PoolResult> {
    if (this.#ended) throw new Error('The embedded database is closed');
    this.#check();
    const { text, parameters } = readQuery(query, values);
    if (parameters.length > 0) return shape(await this.#db.query(text, parameters));
    // Several statements in one text are allowed where there are no values, as in `pg`.
    const results = await this.#db.exec(text);
    const last = results.at(-1);
    return last === undefined ? { rows: [], rowCount: 0, fields: [] } : shape(last);
  }

  /** @internal */
  async listen(channel: string, hear: (payload: string) => void): Promise<void> {
    await this.#turns.take(() => this.#db.listen(channel, hear));
  }
}

/** Looks like a client of a `pg.Pool`. */
export class PgliteClient extends EventEmitter {
  readonly #pool: PglitePool;
  /** Ends the turn that a transaction holds. */
  #endTurn: (() => void) | undefined = undefined;

  constructor(pool: PglitePool) {
    super();
    this.#pool = pool;
  }

  async query(query: Query, values?: unknown[]): Promise<PoolResult> {
    const text = (typeof query === 'string' ? query : query.text).trim();
    const channel = /^LISTEN\s+"?(\w+)"?;?$/i.exec(text)?.[1];
    if (channel !== undefined) return this.#listen(channel);
    if (/^(BEGIN|START TRANSACTION)\b/i.test(text))
      this.#endTurn ??= await this.#pool.turns.begin();
    if (this.#endTurn === undefined) return this.#pool.query(query, values);
    try {
      return await this.#pool.run(query, values);
    } finally {
      if (/^(COMMIT|ROLLBACK|END|ABORT)\b(?!\s+TO\b)/i.test(text)) this.#end();
    }
  }

  /** Gives the client back; an open transaction is rolled back. */
  release(): void {
    if (this.#endTurn === undefined) return;
    const end = (): void => {
      this.#end();
    };
    this.#pool.run('ROLLBACK').then(end, end);
  }

  async #listen(channel: string): Promise<PoolResult> {
    await this.#pool.listen(channel, (payload) => {
      this.emit('notification', { channel, payload });
    });
    return { rows: [], rowCount: 0, fields: [] };
  }

  #end(): void {
    this.#endTurn?.();
    this.#endTurn = undefined;
  }
}

function readQuery(query: Query, values?: unknown[]): { text: string; parameters: unknown[] } {
  return typeof query === 'string'
    ? { text: query, parameters: values ?? [] }
    : { text: query.text, parameters: values ?? query.values ?? [] };
}

function shape(result: Results): PoolResult {
  const rows = result.rows as Record<string, unknown>[];
  const rowCount = Math.max(result.affectedRows ?? 0, rows.length);
  return { rows, rowCount, fields: result.fields };
}
