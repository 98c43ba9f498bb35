import { systemClock, systemRandom } from '@highway/resilience';
import type { Clock, Random } from '@highway/resilience';
import { WorkflowError } from './errors.ts';
import { quietLogger } from './logger.ts';
import type { Logger } from './logger.ts';
import { checkCount, checkKeys, checkMethods, checkName, checkText } from './option-checks.ts';

/** Workers that share their circuits: joined at the start, left at the stop. */
export interface FleetLike {
  join(): unknown;
  leave(): unknown;
}

/** Where the embedded database is unless somebody says something else. */
export const defaultDataDir = '.highway';

/** Options of a `Highway`. */
export interface HighwayOptions {
  /** The application. Several may share a database; each sees its own runs. */
  readonly name: string;
  /** The users' own Postgres. Default: an embedded one, in `dataDir`. */
  readonly databaseUrl?: string | undefined;
  /** The folder of the embedded database. Default: `.highway`. */
  readonly dataDir?: string | undefined;
  /** Which code this is, for all workflows that say nothing else. Default: each one's own hash. */
  readonly version?: string | undefined;
  /**
   * Who this process is, the same after a restart, so that it takes up its runs at once. Default: a
   * new one each time; the runs of a process that died are taken over once its heart stops beating.
   */
  readonly executorId?: string | undefined;
  /** Joined at the start, left at the stop. */
  readonly fleet?: FleetLike | undefined;
  /** Default: warnings and errors go to the console. */
  readonly logger?: Logger | undefined;
  /** How many calls go first when a circuit recovers, and after a start. Default: 2. */
  readonly canaries?: number | undefined;
  /** Where time comes from. Default: the system's clock and timers. */
  readonly clock?: Clock | undefined;
  /** Where chance comes from. Default: the system's. */
  readonly random?: Random | undefined;
}

/** The options, read. */
export interface ReadHighwayOptions {
  readonly name: string;
  readonly databaseUrl: string | undefined;
  readonly dataDir: string;
  readonly version: string | undefined;
  readonly executorId: string | undefined;
  readonly fleet: FleetLike | undefined;
  readonly logger: Logger;
  readonly canaries: number;
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
  'canaries',
  'clock',
  'random',
];

/** The options that take an object, and what is called on each. */
const methodsOf = {
  fleet: ['join', 'leave'],
  logger: ['debug', 'info', 'warn', 'error'],
  clock: ['now', 'setTimeout', 'clearTimeout'],
};

/** Reads the options; throws at the first that is bad, naming it. */
export function readHighwayOptions(options: HighwayOptions): ReadHighwayOptions {
  checkKeys('Highway', options, known);
  const { databaseUrl, dataDir, version, executorId, fleet } = options;
  if (databaseUrl !== undefined && dataDir !== undefined) {
    throw bad('databaseUrl and dataDir: give one of them');
  }
  for (const [option, value] of Object.entries({ databaseUrl, dataDir, executorId })) {
    if (value !== undefined && (typeof value !== 'string' || value === '')) {
      throw bad(`${option}: takes a text that is not empty`);
    }
  }
  if (executorId !== undefined) checkText('Highway: executorId', executorId, { longest: 200 });
  checkPlace(databaseUrl, dataDir);
  for (const [option, methods] of Object.entries(methodsOf)) {
    checkMethods(`Highway: ${option}`, options[option as keyof typeof methodsOf], methods);
  }
  if (options.random !== undefined && typeof options.random !== 'function') {
    throw bad('random: takes a function that gives numbers from 0 to below 1');
  }
  return {
    name: checkName('Highway: name', options.name),
    databaseUrl,
    dataDir: dataDir ?? defaultDataDir,
    version: version === undefined ? undefined : checkName('Highway: version', version),
    executorId,
    fleet,
    logger: options.logger ?? quietLogger,
    canaries: checkCount('Highway: canaries', options.canaries ?? 2),
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandom,
  };
}

/** Nothing of them is repeated: they may hold a password. */
function checkPlace(databaseUrl: string | undefined, dataDir: string | undefined): void {
  if (dataDir?.includes('://') === true) {
    throw bad('dataDir: takes a folder; a URL is for databaseUrl');
  }
  if (databaseUrl === undefined) return;
  if (!/^postgres(ql)?:/.test(databaseUrl)) {
    throw bad('databaseUrl: takes a text like postgresql://user@host:5432/database');
  }
  if (!URL.canParse(databaseUrl) && !URL.canParse(databaseUrl.replace('@/', '@host/'))) {
    throw bad(
      'databaseUrl: can not be read as a URL; in a password, characters such as "#", "/", "?" and "@" have ' +
        'to be written as %23, %2F, %3F and %40',
    );
  }
}

function bad(message: string): WorkflowError {
  return new WorkflowError('ERR_DEFINITION', `Highway: ${message}`);
}
