/// <reference lib="esnext.disposable" preserve="true" />
import { allOf, replyAbout, viewAbout } from '../damaged-circuits.ts';
import type { Answered } from '../damaged-circuits.ts';
import { readChange } from '../read-reply.ts';
import type {
  Change,
  CircuitMessage,
  CircuitReply,
  CircuitView,
  FleetStore,
  SubscriptionWatch,
} from '../store.ts';
import { TimeLimit } from '../time-limit.ts';
import { Connection } from './connection.ts';
import { migrate, quoted } from './migrate.ts';
import { migrations } from './migrations.generated.ts';
import type { PgNotification } from './pg-client.ts';
import { resolveOptions } from './store-options.ts';
import type { PostgresStoreOptions, ResolvedOptions } from './store-options.ts';

/** The database undid what was asked, because of what others did: it can be asked again. */
const undone = ['40001', '40P01'];
/** The schema, or something in it, isn't there any more. */
const schemaGone = ['3F000', '42P01', '42883'];
/** What is stored, of one circuit perhaps, is no good: a value that can't be read, reckoned with or written. */
const damage = /^(?:2[123]...|XX00[12])$/;
const mostAttempts = 5;
/** How long a migration may take. */
const migrationTimeoutMs = 60_000;

/**
 * Keeps what a fleet agrees on in Postgres, from version 13. Each exchange is one round trip, however
 * many circuits it is about; the server's clock decides; transitions are told by `NOTIFY`.
 *
 * It has one connection of its own, also where it is given a pool, and makes it again by itself when
 * it is lost. `close` ends it. A pooler in between has to be in session mode for transitions to be
 * heard at once; otherwise nodes learn of them with their next sync.
 *
 * At its first use it creates its schema and brings it up to date, however many processes do so at
 * once. The role needs `CREATE` on the database for that. With `migrate: false` another role can have
 * done it, and the fleet's role needs only this:
 *
 * ```sql
 * GRANT USAGE ON SCHEMA highway_fleet TO app;
 * GRANT SELECT ON highway_fleet.migrations TO app;
 * GRANT SELECT, INSERT, UPDATE, DELETE ON highway_fleet.circuits, highway_fleet.places,
 *   highway_fleet.members, highway_fleet.buckets TO app;
 * GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA highway_fleet TO app;
 * ```
 *
 * Circuits that nobody has spoken of for 7 days are forgotten.
 *
 * @example
 * const store = new PostgresStore({ pool: new pg.Pool() });
 * const fleet = new Fleet({ store });
 */
export class PostgresStore implements FleetStore, AsyncDisposable {
  readonly #options: ResolvedOptions;
  readonly #connection: Connection;
  /** Who listens, and whom to tell how that fares. */
  readonly #listeners = new Map<(change: Change) => void, SubscriptionWatch | undefined>();

  /** Throws a `TypeError` or `RangeError` that names the option for any that is bad or unknown. */
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
  ): Promise<readonly CircuitReply[]> {
    return allOf(await this.#exchange(messages, signal));
  }

  /**
   * All in one round trip. Where that fails because of what is stored of some circuit, nothing of it
   * was done: each half is asked for itself, until that one is alone.
   */
  async #exchange(
    messages: readonly CircuitMessage[],
    signal: AbortSignal | undefined,
  ): Promise<readonly Answered<CircuitReply>[]> {
    const values = [JSON.stringify(messages), this.#time()];
    try {
      const replies = await this.#call('exchange($1::jsonb, $2::float8)', values, signal);
      return replies.map((reply, i) => replyAbout(messages[i]!.circuit, reply));
    } catch (error) {
      if (!damage.test(codeOf(error)) || messages.length === 0) throw error;
      if (messages.length === 1) return [replyAbout(messages[0]!.circuit, error)];
      const half = Math.ceil(messages.length / 2);
      const first = await this.#exchange(messages.slice(0, half), signal);
      return [...first, ...(await this.#exchange(messages.slice(half), signal))];
    }
  }

  async subscribe(
    listener: (change: Change) => void,
    watch?: SubscriptionWatch,
  ): Promise<() => Promise<void>> {
    const entry = (change: Change): void => {
      listener(change);
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
    return allOf(views.map(viewAbout));
  }

  /** Ends the store's connection; a pool that it was given stays as it is. */
  close(): Promise<void> {
    this.#listeners.clear();
    return this.#connection.close();
  }

  /** As `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #time(): number | null {
    return this.#options.now?.() ?? null;
  }

  /** Calls a function of the schema; again where that can't have done anything and may help. */
  async #call(
    call: string,
    values: readonly unknown[],
    signal: AbortSignal | undefined,
  ): Promise<unknown[]> {
    // As text: the user may have set another way to read JSON.
    const sql = `SELECT ${quoted(this.#options.schema)}.${call}::text AS answer`;
    for (let attempt = 1; ; attempt++) {
      try {
        const { rows } = await this.#connection.query(sql, values, signal);
        return JSON.parse(String(rows[0]?.['answer'])) as unknown[];
      } catch (error) {
        const code = codeOf(error);
        const again = undone.includes(code) ? mostAttempts : schemaGone.includes(code) ? 2 : 1;
        if (attempt >= again) throw error;
        if (schemaGone.includes(code)) await this.#connection.drop();
      }
    }
  }

  async #unsubscribe(entry: (change: Change) => void): Promise<void> {
    if (!this.#listeners.delete(entry) || this.#listeners.size > 0) return;
    try {
      await this.#connection.query(`UNLISTEN ${quoted(this.#options.schema)}`);
    } catch {
      // Then the connection is gone, and the next one doesn't listen.
    }
  }

  #notified({ channel, payload }: PgNotification): void {
    if (channel !== this.#options.schema) return;
    let change: Change;
    try {
      change = readChange(JSON.parse(String(payload)));
    } catch {
      // Anybody may send on the channel. What a fleet doesn't send tells nothing.
      return;
    }
    for (const listener of this.#listeners.keys()) listener(change);
  }
}

function codeOf(error: unknown): string {
  return String((Object(error) as { readonly code?: unknown }).code);
}
