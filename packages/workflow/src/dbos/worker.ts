import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { wallNow } from '@highway/resilience';
import type { Definition } from '../definition.ts';
import type { ReadHighwayOptions } from '../highway-options.ts';
import { watchStrayRejections } from '../run/stray-rejections.ts';
import { Control } from './control.ts';
import { CrashTable } from './crash-table.ts';
import { openDatabase } from './database.ts';
import type { Database } from './database.ts';
import { dbosLogger } from './dbos-logger.ts';
import { Engine } from './engine.ts';
import { inUse, newToken, takeExecutor } from './executor-lease.ts';
import { ExecutorTable } from './executor-table.ts';
import { Heart } from './heart.ts';
import type { HeartParts } from './heart.ts';
import { RunReader } from './run-reader.ts';
import { prepareDatabase } from './schema.ts';
import { Steering } from './steering.ts';
import { Suspects } from './suspects.ts';

/** What a worker is launched with. */
export interface WorkerPlan {
  readonly options: ReadHighwayOptions;
  readonly definitions: readonly Definition[];
}

type Undo = () => unknown;
type WorkerParts = Pick<Worker, 'executorId' | 'reader' | 'control' | 'engine' | 'lost'>;

/** A process at work: its database, its engine and its heart. */
export class Worker {
  readonly executorId: string;
  readonly reader: RunReader;
  readonly control: Control;
  readonly engine: Engine;
  /** See `Database`. */
  readonly lost: AbortSignal | undefined;
  /** What has to be undone at the end, the last first. */
  readonly #opened: Undo[];

  private constructor(parts: WorkerParts, opened: Undo[]) {
    this.executorId = parts.executorId;
    this.reader = parts.reader;
    this.control = parts.control;
    this.engine = parts.engine;
    this.lost = parts.lost;
    this.#opened = opened;
  }

  /** Opens the database, and begins to work. */
  static async launch(plan: WorkerPlan): Promise<Worker> {
    const opened: Undo[] = [];
    try {
      return await open(plan, opened, (parts) => new Worker(parts, opened));
    } catch (error) {
      // What went wrong first says why.
      await undoAll(opened).catch(() => undefined);
      throw error;
    }
  }

  /** Lets the calls under way end, for so many ms, hands over what is left, and lets go. */
  async stop(drainMs: number): Promise<void> {
    try {
      await this.engine.stop(drainMs);
    } finally {
      await undoAll(this.#opened);
      this.engine.letGo();
    }
  }
}

async function open(
  { options, definitions }: WorkerPlan,
  opened: Undo[],
  make: (parts: WorkerParts) => Worker,
): Promise<Worker> {
  const { name: app, clock, databaseUrl } = options;
  const logger = dbosLogger(options.logger);
  opened.push(watchStrayRejections());
  const database = await openDatabase(options);
  opened.push(() => database.close());
  await prepareDatabase(database, logger);
  const executorId = executorIdOf(options);
  const steering = await Steering.open(app, database, logger);
  opened.push(() => steering.close());
  const table = new ExecutorTable(database, { app, executorId, token: newToken() });
  const crashes = new CrashTable(database, app);
  const suspects = new Suspects({ table: crashes, steering, clock, logger });
  const engine = new Engine({
    options,
    executorId,
    definitions,
    database,
    steering,
    table,
    suspects,
    logger,
  });
  const lost = new AbortController();
  const lose = (): void => {
    engine.abandon();
    lost.abort(inUse(executorId));
  };
  const heart = new Heart({ ...heartParts({ engine, database, suspects }, options), table, lose });
  const isAlone = databaseUrl === undefined;
  const lease = { executorId, queues: engine.served, clock, isAlone };
  const { afterDeath } = await takeExecutor(table, lease);
  opened.push(() => heart.stop());
  opened.push(() => suspects.close());
  heart.begin();
  if (afterDeath) await suspects.judge(executorId);
  await suspects.load();
  await engine.start();
  await heart.start();
  const reader = new RunReader(app, database, () => wallNow(clock));
  const control = new Control(reader, steering);
  return make({ executorId, reader, control, engine, lost: database.lost ?? lost.signal });
}

interface Organs {
  readonly engine: Engine;
  readonly database: Database;
  readonly suspects: Suspects;
}

function heartParts(
  { engine, database, suspects }: Organs,
  { clock, logger, databaseUrl }: ReadHighwayOptions,
): Omit<HeartParts, 'table' | 'lose'> {
  return {
    clock,
    logger,
    databaseUrl,
    queues: engine.served,
    adopt: async (dead) => {
      let anySuspect = false;
      for (const { id, stopped } of dead) {
        // What stopped in good order has killed nobody.
        if (!stopped && (await suspects.judge(id))) anySuspect = true;
      }
      if (anySuspect) await suspects.untilKnown();
      await engine.adopt(dead.map(({ id }) => id));
    },
    interrupt: (ids, why) => {
      engine.interrupt(ids, why);
    },
    executing: () => engine.executing,
    begun: () => engine.begun,
    claim: () => {
      engine.claimAll();
    },
    failures: () => database.failures,
    tend: async () => {
      engine.unblock();
      await suspects.load();
      await engine.checkListener();
    },
  };
}

/** One process at a time has the embedded database, so it may always be the same. */
function executorIdOf({ executorId, databaseUrl }: ReadHighwayOptions): string {
  if (executorId !== undefined) return executorId;
  return databaseUrl === undefined ? 'embedded' : `${hostname()}-${randomUUID().slice(0, 8)}`;
}

/** Undoes all, also where some of it fails; throws what failed first. */
async function undoAll(opened: Undo[]): Promise<void> {
  const failures: unknown[] = [];
  for (let undo = opened.pop(); undo !== undefined; undo = opened.pop()) {
    try {
      await undo();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
