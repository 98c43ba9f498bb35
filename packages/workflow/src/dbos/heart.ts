import type { Clock } from '@highway/resilience';
import type { Logger } from '../logger.ts';
import type { ExecutorTable } from './executor-table.ts';
import { Strays } from './strays.ts';

/** What a heart is made with. */
export interface HeartParts {
  readonly table: ExecutorTable;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The queues that this process serves. */
  readonly queues: readonly string[];
  /** Takes over what these executors left; they are dead. */
  readonly adopt: (executorIds: readonly string[]) => Promise<void>;
  /** Ends the executions of runs that somebody has cancelled, or that are another process' by now. */
  readonly interrupt: (runIds: readonly string[], why: string) => void;
  /** The runs that this process executes. */
  readonly executing: () => ReadonlySet<string>;
  /** Those too that have ended, and are being put on record. */
  readonly begun: () => ReadonlySet<string>;
  /** Looks for runs at once: some were put back. */
  readonly claim: () => void;
  /** Looks after what may hang in this process. */
  readonly tend: () => Promise<void>;
  /** How often the database has failed. */
  readonly failures: () => number;
}

const beatMs = 2_000;
// Five beats missed: neither a pause of the garbage collector nor a slow query takes that long.
const deadMs = 10_000;
// After a failure, for so many beats; otherwise each so many beats, since it reads all runs.
const looksAfterFailure = 5;
const beatsBetweenLooks = 15;

/**
 * Tells the others that this process is alive, looks after those that are not any more, and hears of
 * cancelled runs: three small queries every two seconds, however many runs there are.
 */
export class Heart {
  readonly #parts: HeartParts;
  #timer: unknown = undefined;
  #beating: Promise<void> = Promise.resolve();
  #stopped = false;
  #since = Number.MAX_SAFE_INTEGER;
  readonly #strays = new Strays();
  #failures = 0;
  #beats = 0;
  #looks = 0;

  constructor(parts: HeartParts) {
    this.#parts = parts;
  }

  /** The first beat, before this process claims anything; throws where it can't be written. */
  async announce(): Promise<void> {
    const { table, queues } = this.#parts;
    await table.beat(queues);
  }

  /** Beats from now on. */
  async start(): Promise<void> {
    const { table } = this.#parts;
    this.#since = (await table.cancelled(this.#since)).until;
    this.#schedule();
  }

  /** The last beat; what is left is for others. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#parts.clock.clearTimeout(this.#timer);
    await this.#beating;
    await this.#parts.table.remove();
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#timer = this.#parts.clock.setTimeout(() => {
      this.#beating = this.#beat().then(() => {
        this.#schedule();
      });
    }, beatMs);
  }

  async #beat(): Promise<void> {
    const { table, queues, adopt, interrupt, logger } = this.#parts;
    try {
      await table.beat(queues);
      const dead = await table.dead(deadMs);
      if (dead.length > 0) await adopt(dead);
      for (const executorId of dead) await table.remove(executorId);
      const { ids, until } = await table.cancelled(this.#since);
      this.#since = until;
      if (ids.length > 0) interrupt(ids, 'was cancelled');
      if (this.#isTimeToLook()) await this.#look();
      await this.#parts.tend();
    } catch (error) {
      // The next beat may get through; if none does, others take over, as they should.
      logger.warn(
        `The heartbeat failed: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }

  /** Whether what is on record may be something else than what happens here. */
  #isTimeToLook(): boolean {
    const failures = this.#parts.failures();
    if (failures !== this.#failures) this.#looks = looksAfterFailure;
    this.#failures = failures;
    this.#looks -= 1;
    this.#beats += 1;
    return this.#looks >= 0 || this.#beats % beatsBetweenLooks < 2;
  }

  /** Compares the runs that this process has on record with those that it executes. */
  async #look(): Promise<void> {
    const { table, executing, begun, interrupt, claim } = this.#parts;
    const before = new Set(executing());
    const owned = await table.owned();
    const ids = new Set(owned.map(({ id }) => id));
    const lost = [...before].filter((id) => !ids.has(id) && executing().has(id));
    if (lost.length > 0) interrupt(lost, 'is executed by another process');
    const strays = this.#strays.look(owned, begun());
    if (strays.length === 0) return;
    await table.putBack(strays);
    claim();
  }
}
