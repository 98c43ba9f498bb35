import { systemClock, systemRandom } from '@highway/resilience';
import type { Clock, Random } from '@highway/resilience';
import { WorkflowError } from './errors.ts';
import { quietLogger } from './logger.ts';
import type { Logger } from './logger.ts';
import { checkCount, checkKeys, checkMethods, checkName, checkKey } from './option-checks.ts';

/** The part of a `Fleet` that a `Highway` uses. */
export interface FleetLike {
  join(): unknown;
  leave(): unknown;
}

/** The default folder of the embedded database. */
export const defaultDataDir = '.highway';

/** Options of a `Highway`. */
export interface HighwayOptions {
  /** The application's name. Several applications may share a database; each sees its own runs. */
  readonly name: string;
  /** The URL of your own Postgres. Default: an embedded database, in `dataDir`. */
  readonly databaseUrl?: string | undefined;
  /** The folder of the embedded database. Default: `.highway`. */
  readonly dataDir?: string | undefined;
  /** The version of all workflows that don't have their own. Default: a hash of each function. */
  readonly version?: string | undefined;
  /**
   * The id of this process among the application's workers. With an id that stays the same after a
   * restart, the process continues its own runs as soon as it is back. Default: a new id for each
   * start; if the process dies, other workers take over its runs once its heartbeat has stopped.
   */
  readonly executorId?: string | undefined;
  /** A fleet that the `Highway` joins when it starts and leaves when it stops. Default: none. */
  readonly fleet?: FleetLike | undefined;
  /** Receives the engine's log lines. Default: warnings and errors go to the console. */
  readonly logger?: Logger | undefined;
  /** How many trial calls go first when a circuit recovers, and after a start. Default: 2. */
  readonly trialCalls?: number | undefined;
  /** Lets tests inject the clock. Default: the system's clock and timers. */
  readonly clock?: Clock | undefined;
  /** Lets tests inject the random source. Default: the system's. */
  readonly random?: Random | undefined;
}

/** The validated options, with defaults. */
export interface ReadHighwayOptions {
  readonly name: string;
  readonly databaseUrl: string | undefined;
  readonly dataDir: string;
  readonly version: string | undefined;
  readonly executorId: string | undefined;
  readonly fleet: FleetLike | undefined;
  readonly logger: Logger;
  readonly trialCalls: number;
  readonly clock: Clock;
  readonly random: Random;
}

const known = [
  'name',
  'databaseUrl',
  'dataDir',
  'version',
  'executorId',
  'fleet',
  'logger',
  'trialCalls',
  'clock',
  'random',
];

/** The options that take an object, with the methods that each must have. */
const methodsOf = {
  fleet: ['join', 'leave'],
  logger: ['debug', 'info', 'warn', 'error'],
  clock: ['now', 'setTimeout', 'clearTimeout'],
};

/** Reads the options; throws at the first invalid one and names it. */
export function readHighwayOptions(options: HighwayOptions): ReadHighwayOptions {
  checkKeys('Highway', options, known);
  const { databaseUrl, dataDir, version, executorId, fleet } = options;
  if (databaseUrl !== undefined && dataDir !== undefined) {
    throw invalid('databaseUrl and dataDir: pass only one of them');
  }
  for (const [option, value] of Object.entries({ databaseUrl, dataDir, executorId })) {
    if (value !== undefined && (typeof value !== 'string' || value === '')) {
      throw invalid(`${option}: expected a non-empty string`);
    }
  }
  if (executorId !== undefined) checkKey('Highway: executorId', executorId, { longest: 200 });
  checkLocation(databaseUrl, dataDir);
  for (const [option, methods] of Object.entries(methodsOf)) {
    checkMethods(`Highway: ${option}`, options[option as keyof typeof methodsOf], methods);
  }
  if (options.random !== undefined && typeof options.random !== 'function') {
    throw invalid('random: expected a function that returns numbers from 0 to below 1');
  }
  return {
    name: checkName('Highway: name', options.name),
    databaseUrl,
    dataDir: dataDir ?? defaultDataDir,
    version: version === undefined ? undefined : checkName('Highway: version', version),
    executorId,
    fleet,
    logger: options.logger ?? quietLogger,
    trialCalls: checkCount('Highway: trialCalls', options.trialCalls ?? 2),
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandom,
  };
}

/** The errors don't repeat the values, which may hold a password. */
function checkLocation(databaseUrl: string | undefined, dataDir: string | undefined): void {
  if (dataDir?.includes('://') === true) {
    throw invalid('dataDir: expected a folder; pass a URL as databaseUrl');
  }
  if (databaseUrl === undefined) return;
  if (!/^postgres(ql)?:/.test(databaseUrl)) {
    throw invalid('databaseUrl: expected a URL such as postgresql://user@host:5432/database');
  }
  if (!URL.canParse(databaseUrl) && !URL.canParse(databaseUrl.replace('@/', '@host/'))) {
    throw invalid(
      'databaseUrl: not a valid URL; in a password, write characters such as "#", "/", "?" and "@" ' +
        'as %23, %2F, %3F and %40',
    );
  }
}

function invalid(message: string): WorkflowError {
  return new WorkflowError('ERR_DEFINITION', `Highway: ${message}`);
}
