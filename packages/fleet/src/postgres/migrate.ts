import { FleetError } from '../errors.ts';
import type { FleetErrorOptions } from '../errors.ts';
import type { TimeLimit } from '../support/time-limit.ts';
import { answerOf } from './answer.ts';
import type { PgClient } from './pg-client.ts';

/** One numbered step from an empty database to the current schema. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  /** SHA-256 of the SQL. */
  readonly checksum: string;
  readonly sql: string;
}

/** How to bring a schema up to date. */
export interface MigrationRules {
  readonly schema: string;
  /** Whether to migrate, or only to check. */
  readonly migrate: boolean;
  readonly migrations: readonly Migration[];
  /** How long the database may take to return its version. */
  readonly limit: TimeLimit;
  /** How long it may take to migrate, and to wait for other processes that do. */
  readonly migrationLimit: TimeLimit;
}

/** This version of the package cannot work with the schema in the database. */
export class PostgresSchemaError extends FleetError {
  static {
    this.prototype.name = 'PostgresSchemaError';
  }

  constructor(message: string, options?: FleetErrorOptions) {
    super('ERR_FLEET_SCHEMA', message, options);
  }
}

/**
 * Brings a schema up to date. If there is nothing to do, it only reads, so a role without the right to
 * create anything suffices. Concurrent processes take turns with an advisory lock, and check again.
 */
export async function migrate(client: PgClient, rules: MigrationRules): Promise<void> {
  const wanted = await answerOf(client, rules.limit, () => missing(client, rules));
  if (wanted.length === 0) return;
  if (!rules.migrate) throw notThere(rules);
  await answerOf(client, rules.migrationLimit, () => applyInTurn(client, rules));
}

/** On failure, the caller ends the connection, which rolls the transaction back. */
async function applyInTurn(client: PgClient, rules: MigrationRules): Promise<void> {
  // Stricter levels would not see what others committed while this one waited for the lock.
  await client.query('BEGIN ISOLATION LEVEL READ COMMITTED');
  await client.query("SELECT pg_advisory_xact_lock(hashtextextended('highway fleet ' || $1, 0))", [
    rules.schema,
  ]);
  await apply(client, rules);
  await client.query('COMMIT');
}

async function apply(client: PgClient, rules: MigrationRules): Promise<void> {
  const wanted = await missing(client, rules);
  if (wanted.length === 0) return;
  await createSchema(client, rules.schema);
  await client.query(`SET LOCAL search_path TO ${quoted(rules.schema)}, pg_temp`);
  await client.query(`CREATE TABLE IF NOT EXISTS migrations (
    version integer PRIMARY KEY,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
  )`);
  for (const { version, name, checksum, sql } of wanted) {
    await client.query(sql);
    await client.query('INSERT INTO migrations (version, name, checksum) VALUES ($1, $2, $3)', [
      version,
      name,
      checksum,
    ]);
  }
}

/** `IF NOT EXISTS` needs the right to create a schema even if an administrator has created it. */
async function createSchema(client: PgClient, schema: string): Promise<void> {
  if (await exists(client, schemaSql, schema)) return;
  await client.query(`CREATE SCHEMA ${quoted(schema)}`);
}

/** The migrations that the database lacks. */
async function missing(client: PgClient, rules: MigrationRules): Promise<readonly Migration[]> {
  const applied = await appliedTo(client, rules.schema);
  for (const [version, checksum] of applied) {
    const migration = rules.migrations.find((known) => known.version === version);
    if (migration === undefined) throw newer(rules, version);
    if (migration.checksum !== checksum) throw changed(rules, migration);
  }
  return rules.migrations.filter(({ version }) => !applied.has(version));
}

async function appliedTo(client: PgClient, schema: string): Promise<ReadonlyMap<number, unknown>> {
  if (!(await exists(client, tableSql, schema))) return new Map();
  const { rows } = await client.query(`SELECT version, checksum FROM ${quoted(schema)}.migrations`);
  return new Map(rows.map(({ version, checksum }) => [Number(version), checksum]));
}

// Reads the catalogs directly: functions like `to_regclass` may use a cache that is older than what others
// committed while this process waited for the lock.
const schemaSql = 'SELECT FROM pg_catalog.pg_namespace WHERE nspname = $1';
const tableSql = `SELECT FROM pg_catalog.pg_class
  JOIN pg_catalog.pg_namespace ON pg_namespace.oid = relnamespace
  WHERE nspname = $1 AND relname = 'migrations'`;

async function exists(client: PgClient, sql: string, schema: string): Promise<boolean> {
  const { rows } = await client.query(sql, [schema]);
  return rows.length > 0;
}

/** A name quoted for SQL. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function notThere({ schema }: MigrationRules): PostgresSchemaError {
  return new PostgresSchemaError(
    `The schema ${schema} is missing or outdated, and migrate is false: start a PostgresStore once with a role that may create it`,
  );
}

function newer({ schema, migrations }: MigrationRules, version: number): PostgresSchemaError {
  const latest = migrations.at(-1)?.version ?? 0;
  return new PostgresSchemaError(
    `The schema ${schema} has version ${String(version)}, but this package only supports up to ${String(latest)}: a newer version of @highway/fleet created it`,
  );
}

function changed({ schema }: MigrationRules, { version, name }: Migration): PostgresSchemaError {
  return new PostgresSchemaError(
    `The schema ${schema} was not created by this package: the content of migration ${String(version)} (${name}) differs`,
  );
}
