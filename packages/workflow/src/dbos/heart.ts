import type { Clock } from '@highway/resilience';
import type { Logger } from '../logger.ts';
import type { DeadExecutor, ExecutorTable } from './executor-table.ts';
import { HeartThread } from './heart-thread.ts';
import type { Beat } from './heart-thread.ts';
import { Strays } from './strays.ts';

/** What a heart is made with. */
export interface HeartParts {
  readonly table: ExecutorTable;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The queues that this process serves. */
  readonly queues: readonly string[];
  /** Where a thread can beat; `undefined` for a database that lives on this one. */
  readonly databaseUrl: string | undefined;
  /** Takes over what these executors left; they are dead. */
  readonly adopt: (dead: readonly DeadExecutor[]) => Promise<void>;
  /** This executor's id has become another process'. */
  readonly lose: () => void;
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
// Where this process itself heard nothing from the database for so long, the others may have had no
// chance to beat either, and get as long again to do so.
const gapMs = 5_000;
const graceMs = 10_000;
// After a failure, for so many beats; otherwise each so many beats, since it reads all runs.
const looksAfterFailure = 5;
const beatsBetweenLooks = 15;

/**
 * Tells the others that this process is alive, looks after those that are not any more, and hears of
 * cancelled runs: four small queries every two seconds, however many runs there are. What tells is a
 * thread of its own where there can be one, since a step may block this one for long.
 */
export class Heart {
  readonly #parts: HeartParts;
  #timer: unknown = undefined;
  #beating: Promise<unknown> = Promise.resolve();
  #thread: HeartThread | undefined = undefined;
  /** When the thread's last beat was heard of. */
  #beatenAt = -Infinity;
  #regaining: Promise<void> | undefined = undefined;
  #stopped = false;
  #since = Number.MAX_SAFE_INTEGER;
  readonly #strays = new Strays();
  #wellAt: number;
  /** Since when the database has been answering; a process that starts knows of no failure. */
  #wellSince = -Infinity;
  #failures = 0;
  #beats = 0;
  #looks = 0;

  constructor(parts: HeartParts) {
    this.#parts = parts;
    this.#wellAt = parts.clock.now();
  }

  /** Beats from now on. */
  begin(): void {
    const { databaseUrl, table } = this.#parts;
    if (databaseUrl === undefined) return;
    this.#thread = HeartThread.start(databaseUrl, {
      statement: table.beatStatement,
      beatMs,
      tell: (beat) => {
        this.#hear(beat);
      },
    });
  }

  /** Looks after the others too. */
  async start(): Promise<void> {
    const { table, clock } = this.#parts;
    this.#since = (await table.cancelled(this.#since)).until;
    this.#wellAt = clock.now();
    this.#schedule();
  }

  /** The last beat; what is left is for others. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#parts.clock.clearTimeout(this.#timer);
    await this.#beating;
    await this.#thread?.stop();
    await this.#regaining;
    await this.#parts.table.release();
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#timer = this.#parts.clock.setTimeout(() => {
      this.#beating = this.#beat().then(() => {
        this.#schedule();
      });
    }, beatMs);
  }

  #hear(beat: Beat): void {
    const { clock, logger } = this.#parts;
    if (beat.state === 'beaten') this.#beatenAt = clock.now();
    else if (beat.state === 'gone') void this.#regain();
    else logger.debug(`A beat of the heart failed: ${beat.why}`);
  }

  async #beat(): Promise<void> {
    const { table, clock, adopt, interrupt, logger } = this.#parts;
    try {
      // Where the thread can't connect, this one may.
      if (clock.now() - this.#beatenAt > 2 * beatMs && !(await table.beat())) await this.#regain();
      const { ids, until } = await table.cancelled(this.#since);
      this.#since = until;
      if (ids.length > 0) interrupt(ids, 'was cancelled');
      const dead = this.#mayJudge() ? await table.takeDead() : [];
      if (dead.length > 0) await adopt(dead);
      for (const { id } of dead) await table.forget(id);
      if (this.#isTimeToLook()) await this.#look();
      await this.#parts.tend();
    } catch (error) {
      // The next beat may get through; if none does, others take over, as they should.
      logger.warn(
        `The heartbeat failed: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }

  /** Whether those whose heart doesn't beat are dead: not where the database had gone away for all. */
  #mayJudge(): boolean {
    const now = this.#parts.clock.now();
    if (now - this.#wellAt > gapMs) this.#wellSince = now;
    this.#wellAt = now;
    return now - this.#wellSince >= graceMs;
  }

  /** Others have taken this process for dead: it begins anew, unless one of them has its id by now. */
  #regain(): Promise<void> {
    this.#regaining ??= this.#tryToRegain()
      .catch((error: unknown) => {
        // The next beat asks again.
        this.#parts.logger.debug(`Could not tell that this process lives: ${String(error)}`);
      })
      .finally(() => {
        this.#regaining = undefined;
      });
    return this.#regaining;
  }

  async #tryToRegain(): Promise<void> {
    const { table, queues, lose, logger } = this.#parts;
    if (this.#stopped) return;
    const holder = await table.holder();
    if (await table.claim(queues, holder?.adopted === true ? holder.token : undefined)) {
      logger.warn(
        'This process was taken for dead, and others have its runs; it goes on with new ones',
      );
      this.#looks = looksAfterFailure;
      await this.#look();
      return;
    }
    const other = await table.holder();
    if (other === undefined || other.adopted) return;
    this.#stopped = true;
    this.#parts.clock.clearTimeout(this.#timer);
    lose();
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
