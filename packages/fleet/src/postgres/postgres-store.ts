/// <reference lib="esnext.disposable" preserve="true" />
import { allOrThrow, checkReplyTo, checkView } from '../support/damaged-circuits.ts';
import type { Answer } from '../support/damaged-circuits.ts';
import { readNotice } from '../support/read-reply.ts';
import type {
  Notice,
  CircuitMessage,
  CircuitReply,
  CircuitView,
  FleetStore,
  SubscriptionWatch,
  UnchangedReply,
} from '../store.ts';
import { TimeLimit } from '../support/time-limit.ts';
import { Connection } from './connection.ts';
import { exchangeCall, exchangeValues, readAnswer } from './exchange-request.ts';
import { migrate, quoted } from './migrate.ts';
import { migrations } from './migrations.generated.ts';
import type { PgNotification } from './pg-client.ts';
import { resolveOptions } from './store-options.ts';
import type { PostgresStoreOptions, ResolvedOptions } from './store-options.ts';

/** The database rolled a query back because of concurrent ones: it can be retried. */
const rolledBack = ['40001', '40P01'];
/** The schema, or something in it, is missing. */
const schemaGone = ['3F000', '42P01', '42883'];
/** Stored data is damaged, maybe of a single circuit: a value cannot be read, computed with or written. */
const damage = /^(?:2[123]...|XX00[12])$/;
const mostAttempts = 5;
/** How long a migration may take. */
const migrationTimeoutMs = 60_000;

/**
 * Keeps a fleet's circuits in Postgres, version 13 or later. An exchange is one round trip, however many
 * circuits it is about. It uses the server's clock, and sends notices with `NOTIFY`.
 *
 * The store has its own connection, even if you pass a pool, and reconnects by itself. `close` ends it.
 * Notices need a direct connection or a pooler in session mode; otherwise nodes learn of transitions
 * with their next sync.
 *
 * At its first use, the store creates its schema or brings it up to date; any number of processes may do so
 * at the same time. For that, the role needs `CREATE` on the database. With `migrate: false`, another role
 * creates the schema, and the fleet's role needs only these permissions:
 *
 * ```sql
 * GRANT USAGE ON SCHEMA highway_fleet TO app;
 * GRANT SELECT ON highway_fleet.migrations TO app;
 * GRANT SELECT, INSERT, UPDATE, DELETE ON highway_fleet.circuits, highway_fleet.trial_slots,
 *   highway_fleet.members, highway_fleet.buckets, highway_fleet.versions,
 *   highway_fleet.processes TO app;
 * GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA highway_fleet TO app;
 * ```
 *
 * A circuit without messages for 7 days is deleted.
 *
 * @example
 * const store = new PostgresStore({ pool: new pg.Pool() });
 * const fleet = new Fleet({ store });
 */
export class PostgresStore implements FleetStore, AsyncDisposable {
  readonly #options: ResolvedOptions;
  readonly #connection: Connection;
  /** The listeners, each with the watch of its subscription. */
  readonly #listeners = new Map<(notice: Notice) => void, SubscriptionWatch | undefined>();

  /** Throws a `TypeError` or `RangeError` that names the option if one is invalid or unknown. */
  constructor(options: PostgresStoreOptions) {
    this.#options = resolveOptions(options);
    const { makeClient, timeoutMs, schema, clock, random } = this.#options;
    const limit = new TimeLimit(clock, timeoutMs);
    const migrationLimit = new TimeLimit(clock, migrationTimeoutMs);
    const rules = { schema, migrate: this.#options.migrate, migrations, limit, migrationLimit };
    this.#connection = new Connection({
      makeClient,
      clock,
      random,
      limit,
      prepare: (client) => migrate(client, rules),
      listens: () => (this.#listeners.size > 0 ? `LISTEN ${quoted(schema)}` : undefined),
      notified: (message) => {
        this.#notified(message);
      },
      resumed: () => {
        for (const watch of this.#listeners.values()) watch?.resumed();
      },
    });
  }

  async exchange(
    messages: readonly CircuitMessage[],
    signal?: AbortSignal,
  ): Promise<readonly (CircuitReply | UnchangedReply)[]> {
    return allOrThrow(await this.#exchange(messages, signal));
  }

  /**
   * Sends all messages in one round trip. If that fails because the stored state of a circuit is damaged,
   * the database has rolled all of it back, so this sends each half separately, until the damaged circuit
   * is alone.
   */
  async #exchange(
    messages: readonly CircuitMessage[],
    signal: AbortSignal | undefined,
  ): Promise<readonly Answer<CircuitReply | UnchangedReply>[]> {
    try {
      const values = exchangeValues(messages, this.#time());
      return readAnswer(messages, await this.#call(exchangeCall, values, signal));
    } catch (error) {
      if (!damage.test(codeOf(error)) || messages.length === 0) throw error;
      if (messages.length === 1) return [checkReplyTo(messages[0]!, error)];
      const half = Math.ceil(messages.length / 2);
      const first = await this.#exchange(messages.slice(0, half), signal);
      return [...first, ...(await this.#exchange(messages.slice(half), signal))];
    }
  }

  async subscribe(
    listener: (notice: Notice) => void,
    watch?: SubscriptionWatch,
  ): Promise<() => Promise<void>> {
    const entry = (notice: Notice): void => {
      listener(notice);
    };
    this.#listeners.set(entry, watch);
    try {
      await this.#connection.query(`LISTEN ${quoted(this.#options.schema)}`);
    } catch (error) {
      this.#listeners.delete(entry);
      throw error;
    }
    return () => this.#unsubscribe(entry);
  }

  async view(signal?: AbortSignal): Promise<readonly CircuitView[]> {
    const views = await this.#call('view_circuits($1::float8)', [this.#time()], signal);
    return allOrThrow((views as unknown[]).map(checkView));
  }

  /** Ends the store's own connection; a pool that you passed is not affected. */
  close(): Promise<void> {
    this.#listeners.clear();
    return this.#connection.close();
  }

  /** The same as `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #time(): number | null {
    return this.#options.now?.() ?? null;
  }

  /** Calls a function of the schema; retries if the query had no effect and a retry may help. */
  async #call(
    call: string,
    values: readonly unknown[],
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    // As text: the user may have configured another JSON parser.
    const sql = `SELECT ${quoted(this.#options.schema)}.${call}::text AS answer`;
    for (let attempt = 1; ; attempt++) {
      try {
        const { rows } = await this.#connection.query(sql, values, signal);
        return JSON.parse(String(rows[0]?.['answer']));
      } catch (error) {
        const code = codeOf(error);
        const again = rolledBack.includes(code) ? mostAttempts : schemaGone.includes(code) ? 2 : 1;
        if (attempt >= again) throw error;
        if (schemaGone.includes(code)) await this.#connection.drop();
      }
    }
  }

  async #unsubscribe(entry: (notice: Notice) => void): Promise<void> {
    if (!this.#listeners.delete(entry) || this.#listeners.size > 0) return;
    try {
      await this.#connection.query(`UNLISTEN ${quoted(this.#options.schema)}`);
    } catch {
      // The connection is lost, and the next one does not listen.
    }
  }

  #notified({ channel, payload }: PgNotification): void {
    if (channel !== this.#options.schema) return;
    let notice: Notice;
    try {
      notice = readNotice(JSON.parse(String(payload)));
    } catch {
      // Anyone may send on the channel. Ignore what no fleet sends.
      return;
    }
    for (const listener of this.#listeners.keys()) listener(notice);
  }
}

function codeOf(error: unknown): string {
  return String((Object(error) as { readonly code?: unknown }).code);
}
