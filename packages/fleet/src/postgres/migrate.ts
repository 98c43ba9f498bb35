import { FleetError } from '../errors.ts';
import type { FleetErrorOptions } from '../errors.ts';
import type { TimeLimit } from '../time-limit.ts';
import { answerOf } from './answer.ts';
import type { PgClient } from './pg-client.ts';

/** One numbered step from an empty database to the schema that the code knows. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  /** SHA-256 of the SQL. */
  readonly checksum: string;
  readonly sql: string;
}

/** What a schema is brought up to date by. */
export interface MigrationRules {
  readonly schema: string;
  /** Whether to migrate, or only to check. */
  readonly migrate: boolean;
  readonly migrations: readonly Migration[];
  /** How long the database may take to say what it has. */
  readonly limit: TimeLimit;
  /** How long it may take to migrate, and to wait for others that do. */
  readonly migrationLimit: TimeLimit;
}

/** The database's schema is not one that this version can work with. */
export class PostgresSchemaError extends FleetError {
  static {
    this.prototype.name = 'PostgresSchemaError';
  }

  constructor(message: string, options?: FleetErrorOptions) {
    super('ERR_FLEET_SCHEMA', message, options);
  }
}

/**
 * Brings a schema up to date, or finds that it is. Where there is nothing to do, it only reads, so
 * that a role that may create nothing can do it. However many do so at once, one after the other
 * takes an advisory lock and looks again.
 */
export async function migrate(client: PgClient, rules: MigrationRules): Promise<void> {
  const wanted = await answerOf(client, rules.limit, () => missing(client, rules));
  if (wanted.length === 0) return;
  if (!rules.migrate) throw notThere(rules);
  await answerOf(client, rules.migrationLimit, () => applyInTurn(client, rules));
}

/** A failure is undone with the connection, which the caller ends. */
async function applyInTurn(client: PgClient, rules: MigrationRules): Promise<void> {
  // Any other level would not see what others did while it waited for the lock.
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

/** `IF NOT EXISTS` would ask for the right to create one even where an administrator has done it. */
async function createSchema(client: PgClient, schema: string): Promise<void> {
  if (await exists(client, schemaSql, schema)) return;
  await client.query(`CREATE SCHEMA ${quoted(schema)}`);
}

/** The migrations that the database has not had yet. */
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

// From the catalogs themselves: functions like `to_regclass` may answer from a cache that has not
// heard yet of what others did while this process waited for the lock.
const schemaSql = 'SELECT FROM pg_catalog.pg_namespace WHERE nspname = $1';
const tableSql = `SELECT FROM pg_catalog.pg_class
  JOIN pg_catalog.pg_namespace ON pg_namespace.oid = relnamespace
  WHERE nspname = $1 AND relname = 'migrations'`;

async function exists(client: PgClient, sql: string, schema: string): Promise<boolean> {
  const { rows } = await client.query(sql, [schema]);
  return rows.length > 0;
}

/** A name as it stands in SQL. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function notThere({ schema }: MigrationRules): PostgresSchemaError {
  return new PostgresSchemaError(
    `The schema ${schema} is missing or not up to date, and migrate is false: start a PostgresStore once with a role that may create it`,
  );
}

function newer({ schema, migrations }: MigrationRules, version: number): PostgresSchemaError {
  const latest = migrations.at(-1)?.version ?? 0;
  return new PostgresSchemaError(
    `The schema ${schema} is of version ${String(version)}, and this code knows none above ${String(latest)}: a newer version of @highway/fleet made it`,
  );
}

function changed({ schema }: MigrationRules, { version, name }: Migration): PostgresSchemaError {
  return new PostgresSchemaError(
    `The schema ${schema} was not made by this package: migration ${String(version)} (${name}) had another content`,
  );
}
