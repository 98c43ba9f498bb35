import type { Clock } from '@highway/resilience';
import { writeFailure } from '../engine/records/records.ts';
import { storeError } from '../engine/records/stored-error.ts';
import type { Probation } from '../engine/run/probation.ts';
import { TurnQueue } from '../engine/run/turn-queue.ts';
import type { Turn } from '../engine/run/turn-queue.ts';
import { messageOf, WorkflowError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { suspectAfter } from './crash-table.ts';
import type { CrashTable } from './crash-table.ts';
import type { RunCommands } from './run-commands.ts';

/** What `CrashSuspects` needs. */
export interface CrashSuspectsOptions {
  readonly table: Pick<CrashTable, 'count' | 'suspects' | 'setAlone' | 'reset'>;
  readonly commands: Pick<RunCommands, 'fail'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How many crashes without progress make a run fail. */
const failAfter = 5;
/** Most crashes happen sooner than this; innocent suspects must not wait for a step of an hour. */
const maxTurnMs = 10_000;
/** After this time all processes know a new suspect: they look with every heartbeat. */
const knownEverywhereMs = 3_000;

/**
 * The runs that may have crashed their processes. Such a run must not bring down one worker after the
 * other, and innocent runs must not suffer for it. So a process executes one suspect at a time, and a
 * suspect fails once its processes have crashed often enough.
 */
export class CrashSuspects {
  readonly #options: CrashSuspectsOptions;
  readonly #turns: TurnQueue;
  #ids: ReadonlySet<string> = new Set();
  readonly #executing = new Set<string>();
  /** Suspects that paused or passed, which the database doesn't know yet. */
  readonly #paused = new Set<string>();
  readonly #passed = new Set<string>();
  #last: Promise<void> = Promise.resolve();
  #endWait: () => void = () => undefined;
  #closed = false;

  constructor(options: CrashSuspectsOptions) {
    this.#options = options;
    this.#turns = new TurnQueue(options.clock, maxTurnMs);
  }

  /** Counts the crash of a process; returns whether there are suspects among its runs. */
  async countCrash(executorId: string): Promise<boolean> {
    const { table, logger } = this.#options;
    const suspects = await table.count(executorId);
    for (const { id, count } of suspects) {
      if (count >= failAfter) await this.#fail(id, count);
      else if (count === suspectAfter) {
        logger.warn(
          `${count} processes have died while they executed the run "${id}"; from now on, it is executed alone`,
        );
      }
    }
    if (suspects.length > 0) await this.load();
    return suspects.length > 0;
  }

  /** Waits until all processes know new suspects, so that none executes them like any other run. */
  async waitUntilKnown(): Promise<void> {
    if (this.#closed) return;
    const { clock } = this.#options;
    await new Promise<void>((resolve) => {
      const timer = clock.setTimeout(resolve, knownEverywhereMs);
      this.#endWait = () => {
        clock.clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Loads the suspects, and repeats updates that haven't reached the database. */
  async load(): Promise<void> {
    await this.#flush();
    const ids = await this.#options.table.suspects();
    this.#ids = new Set(ids.filter((id) => !this.#passed.has(id)));
  }

  /** Ends all turns and timers, and records that this process executes no suspect any more. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#endWait();
    this.#turns.close();
    for (const id of this.#executing) this.paused(id);
    await this.#flush().catch(() => undefined);
  }

  /** The probation of a run; `undefined` if it isn't a suspect. */
  probation(id: string): RunProbation | undefined {
    return this.#ids.has(id) ? new RunProbation(this, id) : undefined;
  }

  /** @internal */
  get turns(): TurnQueue {
    return this.#turns;
  }

  /** @internal */
  async started(id: string): Promise<void> {
    this.#paused.delete(id);
    this.#executing.add(id);
    try {
      await this.#inOrder(() => this.#options.table.setAlone([id], true));
    } catch (error) {
      // A crash won't count, so the run is executed once more: the lesser evil.
      this.#options.logger.debug(
        `The run "${id}" could not be marked as executed alone: ${messageOf(error)}`,
      );
    }
  }

  /** @internal */
  paused(id: string): void {
    if (!this.#executing.delete(id)) return;
    this.#paused.add(id);
    void this.#flush().catch(() => undefined);
  }

  /** @internal */
  passed(id: string): void {
    this.#executing.delete(id);
    this.#passed.add(id);
    this.#ids = new Set([...this.#ids].filter((other) => other !== id));
    void this.#flush().catch(() => undefined);
  }

  #flush(): Promise<void> {
    return this.#inOrder(async () => {
      const { table } = this.#options;
      for (const id of this.#executing) this.#paused.delete(id);
      await flushSet(this.#passed, (ids) => table.reset(ids));
      await flushSet(this.#paused, (ids) => table.setAlone(ids, false));
    });
  }

  /** Runs updates one after the other, so that the last one wins. */
  #inOrder(update: () => Promise<void>): Promise<void> {
    const done = this.#last.then(update);
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #fail(id: string, count: number): Promise<void> {
    const { table, commands, logger } = this.#options;
    const error = new WorkflowError(
      'ERR_CRASH_LOOP',
      `${count} processes in a row have died while they executed the run "${id}", which added no entry to ` +
        'its journal. It has failed, and its steps are not compensated; use retryFrom to run a step again',
    );
    const record = writeFailure({
      error: storeError(error),
      compensated: [],
      isFullyCompensated: false,
    });
    await commands.fail(id, record);
    await table.reset([id]);
    logger.error(error.message);
  }
}

/** Writes the ids in a set, and empties it. If that fails, they come back. */
async function flushSet(set: Set<string>, write: (ids: string[]) => Promise<void>): Promise<void> {
  const ids = [...set];
  if (ids.length === 0) return;
  // More may be added meanwhile, also the same ids.
  set.clear();
  try {
    await write(ids);
  } catch (error) {
    for (const id of ids) set.add(id);
    throw error;
  }
}

/** The probation of one execution of a run. */
export class RunProbation implements Probation {
  readonly #suspects: CrashSuspects;
  readonly #id: string;
  #turn: Turn | undefined = undefined;
  #isOver = false;

  constructor(suspects: CrashSuspects, id: string) {
    this.#suspects = suspects;
    this.#id = id;
  }

  joinQueue(): Turn | undefined {
    if (!this.#isOver) this.#turn = this.#suspects.turns.join();
    return this.#turn;
  }

  async started(): Promise<void> {
    if (!this.#isOver) await this.#suspects.started(this.#id);
  }

  paused(): void {
    if (this.#isOver || this.#turn === undefined) return;
    this.#endTurn();
    this.#suspects.paused(this.#id);
  }

  /** The run has a new journal entry, or has ended, and is not a suspect any more. */
  passed(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#endTurn();
    this.#suspects.passed(this.#id);
  }

  #endTurn(): void {
    this.#turn?.leave();
    this.#turn = undefined;
  }
}
