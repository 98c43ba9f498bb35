import { HighwayClient } from '../client/highway-client.ts';
import { applicationNames } from '../dbos/applications.ts';
import { checkConnection, openDatabase } from '../dbos/database.ts';
import type { Database } from '../dbos/database.ts';
import { silentLogger } from '../logger.ts';
import { checkName } from '../option-checks.ts';
import { appOf, locationOf } from './database-location.ts';
import type { GlobalOptions } from './database-location.ts';
import { CommandError, UsageError } from './failure.ts';

const answerTimeoutMs = 15_000;

/** Opens the database for one command. This process executes no runs. */
export async function connect(
  options: GlobalOptions,
  env: Readonly<Record<string, string | undefined>>,
): Promise<HighwayClient> {
  const location = locationOf(options, env);
  const app = checkApp(appOf(options, env));
  const database = await openDatabase(location);
  try {
    const name = await withTimeout(app === undefined ? onlyApp(database) : check(database, app));
    // Errors reach the user as this program's own messages.
    return await HighwayClient.over(database, { name, logger: silentLogger });
  } catch (error) {
    // Not awaited: a server that doesn't answer would delay the error.
    void database.close().catch(() => undefined);
    throw error;
  }
}

function checkApp(name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  try {
    return checkName('--app', name);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

async function check(database: Database, app: string): Promise<string> {
  await checkConnection(database);
  return app;
}

/** The application that has runs in the database; throws if there are several. */
async function onlyApp(database: Database): Promise<string> {
  await checkConnection(database);
  const names = await applicationNames(database);
  if (names.length > 1) {
    throw new UsageError(
      `The database has runs of several applications: ${names.join(', ')}. Choose one with --app or HIGHWAY_APP`,
    );
  }
  // Without any runs, every name finds the same.
  return names[0] ?? 'any application';
}

/** Rejects if a server accepts the connection but never answers. */
async function withTimeout<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new CommandError(`The database did not answer within ${answerTimeoutMs / 1_000} s`));
    }, answerTimeoutMs);
  });
  try {
    return await Promise.race([answer, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
