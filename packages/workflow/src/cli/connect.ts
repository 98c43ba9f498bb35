import { knock, openDatabase } from '../dbos/database.ts';
import type { Database } from '../dbos/database.ts';
import { HighwayClient } from '../highway-client.ts';
import { silentLogger } from '../logger.ts';
import { checkName } from '../option-checks.ts';
import { CommandError, UsageError } from './failure.ts';
import { appOf, placeOf } from './place.ts';
import type { GlobalOptions } from './place.ts';

const patienceMs = 15_000;

/** Opens the database for one command. Nothing is executed by this process. */
export async function connect(
  options: GlobalOptions,
  env: Readonly<Record<string, string | undefined>>,
): Promise<HighwayClient> {
  const place = placeOf(options, env);
  const given = checkApp(appOf(options, env));
  const database = await openDatabase(place);
  try {
    const name = await answered(given === undefined ? onlyApp(database) : check(database, given));
    // What goes wrong reaches the user as this program's own message.
    return await HighwayClient.over(database, { name, logger: silentLogger });
  } catch (error) {
    // Not awaited: with a server that says nothing, this takes as long as its silence.
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
  await knock(database);
  return app;
}

/** The application whose runs the database has; throws where there are several. */
async function onlyApp(database: Database): Promise<string> {
  await knock(database);
  const rows = await database.query(
    `SELECT DISTINCT application_name AS name FROM dbos.workflow_status
      WHERE application_name IS NOT NULL ORDER BY 1`,
  );
  const names = rows.map(({ name }) => String(name));
  if (names.length > 1) {
    throw new UsageError(
      `The database has runs of ${names.join(', ')}: say which by --app or HIGHWAY_APP`,
    );
  }
  // Where there are none, any name finds them.
  return names[0] ?? 'any application';
}

/** A server that swallows what it is sent must not hold the command for ever. */
async function answered<T>(question: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new CommandError(`The database did not answer within ${patienceMs / 1_000} s`));
    }, patienceMs);
  });
  try {
    return await Promise.race([question, silence]);
  } finally {
    clearTimeout(timer);
  }
}
