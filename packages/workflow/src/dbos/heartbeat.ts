import type { Clock } from '@highway/resilience';
import type { Logger } from '../logger.ts';
import type { DeadExecutor, ExecutorTable } from './executor-table.ts';
import { HeartbeatThread } from './heartbeat-thread.ts';
import type { BeatResult } from './heartbeat-thread.ts';
import { OrphanedRuns } from './orphaned-runs.ts';

/** What a heartbeat needs. */
export interface HeartbeatOptions {
  readonly table: ExecutorTable;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The queues that this process serves. */
  readonly queues: readonly string[];
  /** The database for the heartbeat's own thread; `undefined` for an embedded one. */
  readonly databaseUrl: string | undefined;
  /** Takes over the runs of these dead executors. */
  readonly takeOver: (dead: readonly DeadExecutor[]) => Promise<void>;
  /** Another process has this executor id now. */
  readonly onIdLost: () => void;
  /** Ends the executions of runs that were cancelled, or that another process owns now. */
  readonly interrupt: (runIds: readonly string[], why: string) => void;
  /** The runs that this process executes. */
  readonly executing: () => ReadonlySet<string>;
  /** The runs that this process executes, or has executed and is still recording. */
  readonly underWay: () => ReadonlySet<string>;
  /** Claims runs at once: some were put back into their queues. */
  readonly claim: () => void;
  /** Maintains what may hang in this process. */
  readonly maintain: () => Promise<void>;
  /** How often the database has failed. */
  readonly failures: () => number;
}

const intervalMs = 2_000;
// After this process has had no answer from the database for this long, others may have had none
// either. So they get some time to send a heartbeat before they count as dead.
const gapMs = 5_000;
const graceMs = 10_000;
// How many beats in a row reconcile after a failure, and every how many beats otherwise: reconciling
// reads all runs of this process.
const reconcilesAfterFailure = 5;
const beatsBetweenReconciles = 15;

/**
 * Tells other processes that this one is alive, takes over the runs of those that have died, and
 * notices cancelled runs: four small queries every two seconds, for any number of runs. If possible, a
 * thread of its own sends the heartbeats, since a step may block the main thread.
 */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #timer: unknown = undefined;
  #beating: Promise<unknown> = Promise.resolve();
  #thread: HeartbeatThread | undefined = undefined;
  /** When the thread last reported a successful heartbeat. */
  #threadBeatAt = -Infinity;
  #reclaiming: Promise<void> | undefined = undefined;
  #stopped = false;
  #cancelledSince = Number.MAX_SAFE_INTEGER;
  readonly #orphans = new OrphanedRuns();
  #answeredAt: number;
  /** Since when the database has been answering without a gap. */
  #healthySince = -Infinity;
  #failures = 0;
  #beats = 0;
  #reconcilesLeft = 0;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#answeredAt = options.clock.now();
  }

  /** Starts the thread that sends heartbeats. */
  startThread(): void {
    const { databaseUrl, table } = this.#options;
    if (databaseUrl === undefined) return;
    this.#thread = HeartbeatThread.start(databaseUrl, {
      statement: table.beatStatement,
      intervalMs,
      report: (result) => {
        this.#onThreadBeat(result);
      },
    });
  }

  /** Starts to watch other processes and cancelled runs. */
  async start(): Promise<void> {
    const { table, clock } = this.#options;
    this.#cancelledSince = (await table.cancelled(this.#cancelledSince)).until;
    this.#answeredAt = clock.now();
    this.#schedule();
  }

  /** Sends no more heartbeats, and releases the executor id. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#options.clock.clearTimeout(this.#timer);
    await this.#beating;
    await this.#thread?.stop();
    await this.#reclaiming;
    await this.#options.table.release();
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#timer = this.#options.clock.setTimeout(() => {
      this.#beating = this.#beat().then(() => {
        this.#schedule();
      });
    }, intervalMs);
  }

  #onThreadBeat(result: BeatResult): void {
    const { clock, logger } = this.#options;
    if (result.state === 'sent') this.#threadBeatAt = clock.now();
    else if (result.state === 'idLost') void this.#reclaimId();
    else logger.debug(`A heartbeat failed: ${result.why}`);
  }

  async #beat(): Promise<void> {
    const { table, clock, takeOver, interrupt, logger, maintain } = this.#options;
    try {
      // If the thread can't connect, this connection may work.
      const isThreadLate = clock.now() - this.#threadBeatAt > 2 * intervalMs;
      if (isThreadLate && !(await table.beat())) await this.#reclaimId();
      const { ids, until } = await table.cancelled(this.#cancelledSince);
      this.#cancelledSince = until;
      if (ids.length > 0) interrupt(ids, 'was cancelled');
      const dead = this.#mayDeclareDead() ? await table.claimDead() : [];
      if (dead.length > 0) await takeOver(dead);
      for (const { id } of dead) await table.deleteDead(id);
      if (this.#shouldReconcile()) await this.#reconcile();
      await maintain();
    } catch (error) {
      // The next one may succeed. If none does, other processes take over, as they should.
      logger.warn(`A heartbeat failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** Whether processes without a heartbeat are dead: not if the database was unreachable for all. */
  #mayDeclareDead(): boolean {
    const now = this.#options.clock.now();
    if (now - this.#answeredAt > gapMs) this.#healthySince = now;
    this.#answeredAt = now;
    return now - this.#healthySince >= graceMs;
  }

  /** Others took this process for dead: it claims its id again, unless another process has it now. */
  #reclaimId(): Promise<void> {
    this.#reclaiming ??= this.#tryToReclaimId()
      .catch((error: unknown) => {
        // The next heartbeat tries again.
        this.#options.logger.debug(`Could not reclaim the executor id: ${String(error)}`);
      })
      .finally(() => {
        this.#reclaiming = undefined;
      });
    return this.#reclaiming;
  }

  async #tryToReclaimId(): Promise<void> {
    const { table, queues, onIdLost, logger } = this.#options;
    if (this.#stopped) return;
    const holder = await table.holder();
    if (await table.claim(queues, holder?.takenOver === true ? holder.token : undefined)) {
      logger.warn(
        'Other processes considered this one dead and have taken over its runs; it continues with new runs',
      );
      this.#reconcilesLeft = reconcilesAfterFailure;
      await this.#reconcile();
      return;
    }
    const other = await table.holder();
    if (other === undefined || other.takenOver) return;
    this.#stopped = true;
    this.#options.clock.clearTimeout(this.#timer);
    onIdLost();
  }

  /** Whether the database and this process may disagree about the runs of this process. */
  #shouldReconcile(): boolean {
    const failures = this.#options.failures();
    if (failures !== this.#failures) this.#reconcilesLeft = reconcilesAfterFailure;
    this.#failures = failures;
    this.#reconcilesLeft -= 1;
    this.#beats += 1;
    return this.#reconcilesLeft >= 0 || this.#beats % beatsBetweenReconciles < 2;
  }

  /** Compares the runs that this process owns, according to the database, with those it executes. */
  async #reconcile(): Promise<void> {
    const { table, executing, underWay, interrupt, claim } = this.#options;
    const before = new Set(executing());
    const owned = await table.owned();
    const ids = new Set(owned.map(({ id }) => id));
    const lost = [...before].filter((id) => !ids.has(id) && executing().has(id));
    if (lost.length > 0) interrupt(lost, 'is executed by another process');
    const orphans = this.#orphans.check(owned, underWay());
    if (orphans.length === 0) return;
    await table.putBack(orphans);
    claim();
  }
}
