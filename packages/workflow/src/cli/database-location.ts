import { hasDatabase } from '../dbos/database.ts';
import type { DatabaseLocation } from '../dbos/database.ts';
import { defaultDataDir } from '../highway-options.ts';
import { CommandError, UsageError } from './failure.ts';

/** The options of all commands. */
export interface GlobalOptions {
  readonly databaseUrl?: string;
  readonly dataDir?: string;
  readonly app?: string;
  readonly json?: boolean;
}

type Env = Readonly<Record<string, string | undefined>>;

/** The database from the options, or else from the environment, or else in the default folder. */
export function locationOf({ databaseUrl, dataDir }: GlobalOptions, env: Env): DatabaseLocation {
  if (databaseUrl !== undefined && dataDir !== undefined) {
    throw new UsageError('Use either --database-url or --data-dir, not both');
  }
  if (dataDir !== undefined) return folder(dataDir);
  const url = databaseUrl ?? unlessEmpty(env['HIGHWAY_DATABASE_URL']);
  if (url !== undefined) return server(url);
  if (hasDatabase(defaultDataDir)) return folder(defaultDataDir);
  throw new UsageError(
    `No database given, and there is no ${defaultDataDir} here: use --database-url or HIGHWAY_DATABASE_URL, ` +
      'or --data-dir for an embedded one',
  );
}

/** The application from the options or the environment. */
export function appOf({ app }: GlobalOptions, env: Env): string | undefined {
  return app ?? unlessEmpty(env['HIGHWAY_APP']);
}

/** An empty variable counts as not set; an empty option is an error. */
function unlessEmpty(variable: string | undefined): string | undefined {
  return variable === '' ? undefined : variable;
}

function server(url: string): DatabaseLocation {
  const protocol = URL.canParse(url) ? new URL(url).protocol : '';
  if (!['postgres:', 'postgresql:'].includes(protocol)) {
    // The value may contain a password, so the message doesn't repeat it.
    throw new UsageError('The database URL must look like postgresql://user@host:5432/database');
  }
  return { databaseUrl: url, dataDir: defaultDataDir };
}

/** Looking for a database must not create one. */
function folder(dataDir: string): DatabaseLocation {
  if (dataDir === '') throw new UsageError('--data-dir: expected a folder');
  if (hasDatabase(dataDir)) return { databaseUrl: undefined, dataDir };
  throw new CommandError(`There is no embedded database in ${dataDir}`);
}
