import type { Clock } from '@highway/resilience';
import { messageOf, WorkflowError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { writeFailure } from '../records/records.ts';
import { storeError } from '../records/stored-error.ts';
import type { Probation } from '../run/probation.ts';
import { Turns } from '../run/turns.ts';
import type { Turn } from '../run/turns.ts';
import { suspectAfter } from './crash-table.ts';
import type { CrashTable } from './crash-table.ts';
import type { Steering } from './steering.ts';

/** What suspects are looked after with. */
export interface SuspectsParts {
  readonly table: CrashTable;
  readonly steering: Pick<Steering, 'fail'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** After so many crashes without progress a run has failed. */
const failedAfter = 5;
/** Most of what kills a process does so sooner; innocent runs must not wait for a step of an hour. */
const longestTurnMs = 10_000;
/** By then all processes know of a new suspect: they ask with each beat of their hearts. */
const untilKnownMs = 3_000;

/**
 * The runs that may have killed their processes: a run that does so each time must not take down one
 * worker after the other, nor may the innocent runs beside it pay for it. So suspects are executed one
 * at a time in a process, and the one with which it dies again and again is failed.
 */
export class Suspects {
  readonly #parts: SuspectsParts;
  readonly #turns: Turns;
  #ids: ReadonlySet<string> = new Set();
  readonly #executed = new Set<string>();
  /** What the database has not been told yet. */
  readonly #resting = new Set<string>();
  readonly #passed = new Set<string>();
  #last: Promise<void> = Promise.resolve();
  #endWait: () => void = () => undefined;
  #closed = false;

  constructor(parts: SuspectsParts) {
    this.#parts = parts;
    this.#turns = new Turns(parts.clock, longestTurnMs);
  }

  /** Counts the crash of a process; says whether there are suspects among its runs. */
  async judge(executorId: string): Promise<boolean> {
    const { table, logger } = this.#parts;
    const crashed = await table.count(executorId);
    for (const { id, count } of crashed) {
      if (count >= failedAfter) await this.#fail(id, count);
      else if (count === suspectAfter) {
        logger.warn(
          `The run ${id} was under way in ${count} processes that died; it is executed alone now`,
        );
      }
    }
    if (crashed.length > 0) await this.load();
    return crashed.length > 0;
  }

  /** Waits until all processes know of new suspects, so that none executes them as any other run. */
  async untilKnown(): Promise<void> {
    if (this.#closed) return;
    const { clock } = this.#parts;
    await new Promise<void>((resolve) => {
      const timer = clock.setTimeout(resolve, untilKnownMs);
      this.#endWait = () => {
        clock.clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Learns who is a suspect, and says again what the database could not be told. */
  async load(): Promise<void> {
    await this.#tell();
    const ids = await this.#parts.table.suspects();
    this.#ids = new Set(ids.filter((id) => !this.#passed.has(id)));
  }

  /** Leaves no timer, and no run that passes for executed. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#endWait();
    this.#turns.close();
    for (const id of this.#executed) this.rests(id);
    await this.#tell().catch(() => undefined);
  }

  /** How a run is to be executed; `undefined` where there is nothing against it. */
  probation(id: string): RunProbation | undefined {
    return this.#ids.has(id) ? new RunProbation(this, id) : undefined;
  }

  /** @internal */
  get turns(): Turns {
    return this.#turns;
  }

  /** @internal */
  async goesOn(id: string): Promise<void> {
    this.#resting.delete(id);
    this.#executed.add(id);
    try {
      await this.#inOrder(() => this.#parts.table.setAlone([id], true));
    } catch (error) {
      // A crash would not count, and the run is executed again: that is the lesser evil.
      this.#parts.logger.debug(`The run ${id} could not be put on probation: ${messageOf(error)}`);
    }
  }

  /** @internal */
  rests(id: string): void {
    if (!this.#executed.delete(id)) return;
    this.#resting.add(id);
    void this.#tell().catch(() => undefined);
  }

  /** @internal */
  passed(id: string): void {
    this.#executed.delete(id);
    this.#passed.add(id);
    this.#ids = new Set([...this.#ids].filter((other) => other !== id));
    void this.#tell().catch(() => undefined);
  }

  #tell(): Promise<void> {
    return this.#inOrder(async () => {
      const { table } = this.#parts;
      for (const id of this.#executed) this.#resting.delete(id);
      await tellOf(this.#passed, (ids) => table.forget(ids));
      await tellOf(this.#resting, (ids) => table.setAlone(ids, false));
    });
  }

  /** One after the other: what is said last must hold. */
  #inOrder(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #fail(id: string, count: number): Promise<void> {
    const { table, steering, logger } = this.#parts;
    const error = new WorkflowError(
      'ERR_CRASH_LOOP',
      `The run ${id} was executed in ${count} processes that died, one after the other, and its journal ` +
        'had no new entry in between. It is tried no more and its steps are not undone; retryFrom has it ' +
        'try a step again',
    );
    const record = writeFailure({ error: storeError(error), undone: [], isUndone: false });
    await steering.fail(id, record);
    await table.forget([id]);
    logger.error(error.message);
  }
}

/** Tells of what is in the set, and empties it; what could not be told comes back. */
async function tellOf(set: Set<string>, tell: (ids: string[]) => Promise<void>): Promise<void> {
  const ids = [...set];
  if (ids.length === 0) return;
  // Meanwhile more may come, also of the same.
  set.clear();
  try {
    await tell(ids);
  } catch (error) {
    for (const id of ids) set.add(id);
    throw error;
  }
}

/** The probation of one execution of a run. */
export class RunProbation implements Probation {
  readonly #suspects: Suspects;
  readonly #id: string;
  #turn: Turn | undefined = undefined;
  #isOver = false;

  constructor(suspects: Suspects, id: string) {
    this.#suspects = suspects;
    this.#id = id;
  }

  get isFree(): boolean {
    return this.#isOver || this.#suspects.turns.isFree;
  }

  take(): Turn {
    this.#turn = this.#suspects.turns.take();
    return this.#turn;
  }

  async goesOn(): Promise<void> {
    if (!this.#isOver) await this.#suspects.goesOn(this.#id);
  }

  rests(): void {
    if (this.#isOver || this.#turn === undefined) return;
    this.#giveBack();
    this.#suspects.rests(this.#id);
  }

  /** The run has a new entry in its journal, or has ended: there is nothing against it any more. */
  passes(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#giveBack();
    this.#suspects.passed(this.#id);
  }

  #giveBack(): void {
    this.#turn?.leave();
    this.#turn = undefined;
  }
}
