import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { wallNow } from '@highway/resilience';
import { RunControl } from '../client/run-control.ts';
import type { RunsBackend } from '../client/runs-backend.ts';
import type { Definition } from '../definition.ts';
import { watchUnhandledRejections } from '../engine/run/unhandled-rejections.ts';
import type { ReadHighwayOptions } from '../highway-options.ts';
import { CrashSuspects } from './crash-suspects.ts';
import { CrashTable } from './crash-table.ts';
import { openDatabase } from './database.ts';
import type { Database } from './database.ts';
import { dbosLogger } from './dbos-logger.ts';
import { Engine } from './engine.ts';
import { acquireExecutorId, executorIdInUse, newToken } from './executor-lease.ts';
import { ExecutorTable } from './executor-table.ts';
import { Heartbeat } from './heartbeat.ts';
import type { HeartbeatOptions } from './heartbeat.ts';
import { RunCommands } from './run-commands.ts';
import { RunReader } from './run-reader.ts';
import { prepareDatabase } from './schema.ts';

/** What a worker is launched with. */
export interface LaunchOptions {
  readonly options: ReadHighwayOptions;
  readonly definitions: readonly Definition[];
}

type Cleanup = () => unknown;
type WorkerParts = Pick<Worker, 'executorId' | 'engine' | 'lost' | 'runsBackend'>;

/** A process that executes runs: its database, its engine and its heartbeat. */
export class Worker {
  readonly executorId: string;
  readonly engine: Engine;
  /** Aborts once another process has taken over the database or the executor id. */
  readonly lost: AbortSignal;
  readonly runsBackend: RunsBackend;
  /** What the stop has to clean up, in reverse order. */
  readonly #cleanups: Cleanup[];

  private constructor(parts: WorkerParts, cleanups: Cleanup[]) {
    this.executorId = parts.executorId;
    this.engine = parts.engine;
    this.lost = parts.lost;
    this.runsBackend = parts.runsBackend;
    this.#cleanups = cleanups;
  }

  /** Opens the database, and begins to execute runs. */
  static async launch(launch: LaunchOptions): Promise<Worker> {
    const cleanups: Cleanup[] = [];
    try {
      return new Worker(await open(launch, cleanups), cleanups);
    } catch (error) {
      // The first error is the one that matters.
      await cleanUp(cleanups).catch(() => undefined);
      throw error;
    }
  }

  /** Waits at most `drainMs` for the calls under way, hands over the runs, and closes everything. */
  async stop(drainMs: number): Promise<void> {
    try {
      await this.engine.stop(drainMs);
    } finally {
      await cleanUp(this.#cleanups);
      this.engine.releaseReceivers();
    }
  }
}

async function open(
  { options, definitions }: LaunchOptions,
  cleanups: Cleanup[],
): Promise<WorkerParts> {
  const { name: app, clock, databaseUrl } = options;
  const logger = dbosLogger(options.logger);
  cleanups.push(watchUnhandledRejections());
  const database = await openDatabase(options);
  cleanups.push(() => database.close());
  await prepareDatabase(database, logger);
  const executorId = executorIdOf(options);
  const commands = await RunCommands.open(app, database, logger);
  cleanups.push(() => commands.close());
  const table = new ExecutorTable(database, { app, executorId, token: newToken() });
  const crashes = new CrashTable(database, app);
  const suspects = new CrashSuspects({ table: crashes, commands, clock, logger });
  const parts = { options, executorId, definitions, database, commands, table, suspects, logger };
  const engine = new Engine(parts);
  const lost = new AbortController();
  const onIdLost = (): void => {
    engine.abandon();
    lost.abort(executorIdInUse(executorId));
  };
  const heartbeat = new Heartbeat({
    ...heartbeatOptions({ engine, database, suspects }, options),
    table,
    onIdLost,
  });
  const isExclusive = databaseUrl === undefined;
  const request = { executorId, queues: engine.queueNames, clock, isExclusive };
  const { afterDeath } = await acquireExecutorId(table, request);
  cleanups.push(() => heartbeat.stop());
  cleanups.push(() => suspects.close());
  heartbeat.startThread();
  if (afterDeath) await suspects.countCrash(executorId);
  await suspects.load();
  await engine.start();
  await heartbeat.start();
  const reader = new RunReader(app, database, () => wallNow(clock));
  const runsBackend = runsBackendOf(engine, reader, new RunControl(reader, commands));
  return { executorId, engine, lost: database.lost ?? lost.signal, runsBackend };
}

function runsBackendOf(engine: Engine, reader: RunReader, control: RunControl): RunsBackend {
  return {
    reader,
    control,
    waitForAny: (ids) => engine.watcher.waitForAny(ids),
    cancel: (ids) => engine.cancel(ids),
    requeued: () => {
      engine.claimAll();
    },
  };
}

interface WorkerServices {
  readonly engine: Engine;
  readonly database: Database;
  readonly suspects: CrashSuspects;
}

function heartbeatOptions(
  { engine, database, suspects }: WorkerServices,
  { clock, logger, databaseUrl }: ReadHighwayOptions,
): Omit<HeartbeatOptions, 'table' | 'onIdLost'> {
  return {
    clock,
    logger,
    databaseUrl,
    queues: engine.queueNames,
    takeOver: async (dead) => {
      let hasSuspects = false;
      for (const { id, stopped } of dead) {
        // A process that was stopped has not crashed.
        if (!stopped && (await suspects.countCrash(id))) hasSuspects = true;
      }
      if (hasSuspects) await suspects.waitUntilKnown();
      await engine.takeOver(dead.map(({ id }) => id));
    },
    interrupt: (ids, why) => {
      engine.interrupt(ids, why);
    },
    executing: () => engine.executing,
    underWay: () => engine.underWay,
    claim: () => {
      engine.claimAll();
    },
    failures: () => database.failures,
    maintain: async () => {
      engine.unblock();
      await suspects.load();
      await engine.checkListener();
    },
  };
}

/** Only one process at a time can use an embedded database, so its id may always be the same. */
function executorIdOf({ executorId, databaseUrl }: ReadHighwayOptions): string {
  if (executorId !== undefined) return executorId;
  return databaseUrl === undefined ? 'embedded' : `${hostname()}-${randomUUID().slice(0, 8)}`;
}

/** Runs all cleanups, even if some fail; throws the first error. */
async function cleanUp(cleanups: Cleanup[]): Promise<void> {
  const failures: unknown[] = [];
  for (let next = cleanups.pop(); next !== undefined; next = cleanups.pop()) {
    try {
      await next();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
