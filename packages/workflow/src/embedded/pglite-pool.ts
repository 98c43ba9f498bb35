import { EventEmitter } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import type { Results } from '@electric-sql/pglite';
import { GuardedFiles } from './guarded-files.ts';
import { Mutex } from './mutex.ts';

/** The result of a query, as in `pg`. */
export interface PoolResult {
  readonly rows: Record<string, unknown>[];
  readonly rowCount: number;
  readonly fields: readonly { readonly name: string }[];
}

/** A query, as in `pg`: its text, or an object with text and values. */
type Query = string | { readonly text: string; readonly values?: unknown[] };

const int8 = 20;

/**
 * Looks like a `pg.Pool`, but is a Postgres in this process. PGlite has only one connection, so the
 * clients of this pool share it: one statement at a time, or one transaction from BEGIN to its end.
 */
export class PglitePool extends EventEmitter {
  /** As in `pg`. DBOS divides the clients among its parts by `max`. */
  readonly options: { readonly max: number } = { max: 20 };
  readonly #db: PGlite;
  readonly #check: () => void;
  readonly #mutex = new Mutex();
  #ended = false;

  private constructor(db: PGlite, check: () => void) {
    super();
    this.#db = db;
    this.#check = check;
  }

  /**
   * Opens the database in the folder, or creates it. `check` throws once another process has taken over
   * the folder: then nothing is written any more, and statements fail with its error.
   */
  static async open(folder: string, check: () => void): Promise<PglitePool> {
    // As in `pg`, a bigint is returned as a string, since it may not fit into a number.
    const parsers = { [int8]: (value: string): string => value };
    const options = { parsers, fs: new GuardedFiles(folder, check) };
    if (existsSync(join(folder, 'PG_VERSION'))) {
      return new PglitePool(await PGlite.create(options), check);
    }
    // A new database is unpacked, which takes a quarter of the time of creating one.
    const { dataDir } = await import('@electric-sql/pglite-prepopulatedfs');
    const loadDataDir = await dataDir();
    return new PglitePool(await PGlite.create({ ...options, loadDataDir }), check);
  }

  /** Returns a client, which must be released. */
  connect(): Promise<PgliteClient> {
    return Promise.resolve(new PgliteClient(this));
  }

  /** Runs one statement. */
  query(query: Query, values?: unknown[]): Promise<PoolResult> {
    return this.#mutex.run(() => this.run(query, values));
  }

  /** Closes the database; queries fail from then on. */
  async end(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#mutex.run(async () => {
      try {
        this.#check();
      } catch {
        // Closing would write, but another process has the folder now.
        return;
      }
      await this.#db.close();
    });
  }

  /** @internal */
  get mutex(): Mutex {
    return this.#mutex;
  }

  /** @internal Runs a statement without waiting for the lock. */
  async run(query: Query, values?: unknown[]): Promise<PoolResult> {
    if (this.#ended) throw new Error('The embedded database is closed');
    this.#check();
    const { text, parameters } = readQuery(query, values);
    if (parameters.length > 0) return shape(await this.#db.query(text, parameters));
    // Without values, a text may have several statements, as in `pg`.
    const results = await this.#db.exec(text);
    const last = results.at(-1);
    return last === undefined ? { rows: [], rowCount: 0, fields: [] } : shape(last);
  }

  /** @internal */
  async listen(channel: string, hear: (payload: string) => void): Promise<void> {
    await this.#mutex.run(() => this.#db.listen(channel, hear));
  }
}

/** Looks like a client of a `pg.Pool`. */
export class PgliteClient extends EventEmitter {
  readonly #pool: PglitePool;
  /** Releases the lock that a transaction holds. */
  #unlock: (() => void) | undefined = undefined;

  constructor(pool: PglitePool) {
    super();
    this.#pool = pool;
  }

  async query(query: Query, values?: unknown[]): Promise<PoolResult> {
    const text = (typeof query === 'string' ? query : query.text).trim();
    const channel = /^LISTEN\s+"?(\w+)"?;?$/i.exec(text)?.[1];
    if (channel !== undefined) return this.#listen(channel);
    if (/^(BEGIN|START TRANSACTION)\b/i.test(text)) this.#unlock ??= await this.#pool.mutex.lock();
    if (this.#unlock === undefined) return this.#pool.query(query, values);
    try {
      return await this.#pool.run(query, values);
    } finally {
      if (/^(COMMIT|ROLLBACK|END|ABORT)\b(?!\s+TO\b)/i.test(text)) this.#end();
    }
  }

  /** Returns the client to the pool; an open transaction is rolled back. */
  release(): void {
    if (this.#unlock === undefined) return;
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
    this.#unlock?.();
    this.#unlock = undefined;
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
