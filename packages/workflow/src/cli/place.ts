import { hasDatabase } from '../dbos/database.ts';
import type { DatabasePlace } from '../dbos/database.ts';
import { defaultDataDir } from '../highway-options.ts';
import { CommandError, UsageError } from './failure.ts';

/** The options that every command takes. */
export interface GlobalOptions {
  readonly databaseUrl?: string;
  readonly dataDir?: string;
  readonly app?: string;
  readonly json?: boolean;
}

type Env = Readonly<Record<string, string | undefined>>;

/** Where the database is: as the options say, or the environment, or in the default folder. */
export function placeOf({ databaseUrl, dataDir }: GlobalOptions, env: Env): DatabasePlace {
  if (databaseUrl !== undefined && dataDir !== undefined) {
    throw new UsageError('Give --database-url or --data-dir, not both');
  }
  if (dataDir !== undefined) return folder(dataDir);
  const url = databaseUrl ?? given(env['HIGHWAY_DATABASE_URL']);
  if (url !== undefined) return server(url);
  if (hasDatabase(defaultDataDir)) return folder(defaultDataDir);
  throw new UsageError(
    'Which database? Give --database-url or HIGHWAY_DATABASE_URL, or --data-dir for an embedded one',
  );
}

/** The application that is meant, where anybody says so. */
export function appOf({ app }: GlobalOptions, env: Env): string | undefined {
  return app ?? given(env['HIGHWAY_APP']);
}

/** A variable that is empty is one that nobody has set; an option that is empty is a mistake. */
function given(variable: string | undefined): string | undefined {
  return variable === '' ? undefined : variable;
}

function server(url: string): DatabasePlace {
  const protocol = URL.canParse(url) ? new URL(url).protocol : '';
  if (!['postgres:', 'postgresql:'].includes(protocol)) {
    // What was given may hold a password, so it isn't repeated.
    throw new UsageError('The database URL has to look like postgresql://user@host:5432/database');
  }
  return { databaseUrl: url, dataDir: defaultDataDir };
}

/** A database that isn't there must not be made by looking for it. */
function folder(dataDir: string): DatabasePlace {
  if (dataDir === '') throw new UsageError('--data-dir takes a folder');
  if (hasDatabase(dataDir)) return { databaseUrl: undefined, dataDir };
  throw new CommandError(`There is no embedded database in ${dataDir}`);
}
