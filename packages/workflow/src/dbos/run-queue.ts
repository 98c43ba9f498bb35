import { randomUUID } from 'node:crypto';
import type { Definition } from '../definition.ts';
import { runDetached } from '../detached.ts';
import { Slots } from '../engine/run/slots.ts';
import type { ExecutorTable } from './executor-table.ts';
import { DBOSExecutor, registerInternalQueue } from './internals.ts';
import type { WorkflowQueue } from './internals.ts';

// Polling finds the runs that other processes enqueue; those of this process are claimed at once.
const pollMs = 1_000;

/**
 * The queue of one workflow in one version. It claims as many runs from the database as this process
 * can execute. Runs that wait don't count, so that they don't block the queue.
 */
export class RunQueue {
  readonly definition: Definition;
  readonly name: string;
  readonly slots: Slots;
  readonly #version: string;
  readonly #table: ExecutorTable;
  #isUnblocking = false;
  #queue: WorkflowQueue | undefined = undefined;
  #waiting = 0;
  /** How many runs this process has taken on. */
  #open = 0;
  /** The runs that this queue has claimed itself, and that haven't started yet. */
  readonly #claimed = new Set<string>();
  #isClaiming = false;
  #claimAgain = false;
  /** Whether the database may have runs that no process has claimed. */
  #mayHaveMore = false;
  #closed = false;

  constructor(
    definition: Definition,
    name: string,
    { version, table }: { readonly version: string; readonly table: ExecutorTable },
  ) {
    this.definition = definition;
    this.name = name;
    this.#version = version;
    this.#table = table;
    this.slots = new Slots(definition.concurrency);
  }

  /** Registers the queue with DBOS, before the launch. */
  register(): void {
    this.#queue = registerInternalQueue(this.name, { minPollingIntervalMs: pollMs });
    // DBOS reads the limit at each poll, so it can change with the runs of this process.
    Object.defineProperty(this.#queue, 'workerConcurrency', { get: () => this.#limit() });
  }

  /** A run begins (1) or stops (-1) waiting for something. */
  readonly onWaiting = (change: number): void => {
    this.#waiting += change;
    if (change > 0) this.onRoom();
  };

  /** A run starts here. */
  onStart(id: string): void {
    this.#open += 1;
    // A run that the poll has found: there may be more than the poll had room for.
    if (!this.#claimed.delete(id)) this.#mayHaveMore = true;
  }

  /** A run has ended here. */
  onEnd(): void {
    this.#open -= 1;
    this.onRoom();
  }

  /** A run was put into the queue. */
  onEnqueued(): void {
    this.#mayHaveMore = true;
    this.onRoom();
  }

  /** There may be room for another run. */
  onRoom(): void {
    if (this.#mayHaveMore && this.#shouldClaim) this.claim();
  }

  /** A claim costs as much as a step, so it must be for runs that can start at once, or for many. */
  get #shouldClaim(): boolean {
    const room = this.#room;
    return room > 0 && (this.slots.free > 0 || room >= this.definition.concurrency / 2);
  }

  /** Claims runs soon. */
  claim(): void {
    if (this.#closed) return;
    this.#mayHaveMore = true;
    if (this.#isClaiming) this.#claimAgain = true;
    // Usually called from a run that ends or waits, which has nothing to do with the claimed ones.
    else void runDetached(() => this.#claimAll());
  }

  /**
   * Claims some of these runs beyond `maxOpen` if all runs of this process wait, some of them for these:
   * otherwise neither could ever continue.
   */
  unblock(ids: readonly string[]): void {
    const { concurrency, maxOpen } = this.definition;
    const isStuck = this.#open >= maxOpen && this.#waiting >= this.#open;
    if (this.#closed || this.#isUnblocking || !isStuck) return;
    this.#isUnblocking = true;
    void this.#claimRuns(ids.slice(0, concurrency)).finally(() => {
      this.#isUnblocking = false;
    });
  }

  async #claimRuns(ids: readonly string[]): Promise<void> {
    const executor = DBOSExecutor.globalInstance;
    if (executor === undefined) return;
    try {
      const owner = randomUUID();
      const claimed = await this.#table.claimRuns(ids, this.name, owner);
      await this.#dispatch(executor, claimed, owner);
    } catch (error) {
      // The next heartbeat tries again.
      executor.logger.debug(error);
    }
  }

  async #dispatch(executor: DBOSExecutor, ids: readonly string[], owner: string): Promise<void> {
    for (const id of ids) this.#claimed.add(id);
    await executor.dispatchDequeuedWorkflows([...ids], owner);
    // A run that could not be dispatched never starts.
    for (const id of ids) this.#claimed.delete(id);
  }

  /** Claims nothing any more. */
  close(): void {
    this.#closed = true;
  }

  async #claimAll(): Promise<void> {
    this.#isClaiming = true;
    await this.#claimOnce();
    this.#isClaiming = false;
    if (!this.#claimAgain) return;
    this.#claimAgain = false;
    // There is less room now than when the claim was requested.
    this.onRoom();
  }

  async #claimOnce(): Promise<void> {
    const executor = DBOSExecutor.globalInstance;
    const room = this.#room;
    // Runs that arrive from now on may be too late for this claim.
    this.#mayHaveMore = room <= 0;
    if (executor === undefined || room <= 0) return;
    try {
      const owner = randomUUID();
      const claimed = await executor.systemDatabase.findAndMarkStartableWorkflows(
        this.#queueWithLimit(room),
        executor.executorID,
        this.#version,
        undefined,
        0,
        0,
        owner,
      );
      if (claimed.length >= room) this.#mayHaveMore = true;
      await this.#dispatch(executor, claimed, owner);
    } catch (error) {
      this.#mayHaveMore = true;
      // DBOS polls the queue within a second, and reports what is wrong.
      executor.logger.debug(error);
    }
  }

  /**
   * The queue for one claim, with a fixed limit. If the limit changed meanwhile, a short result would
   * look as if there were no more runs.
   */
  #queueWithLimit(limit: number): WorkflowQueue {
    return Object.create(this.#queue!, { workerConcurrency: { value: limit } }) as WorkflowQueue;
  }

  /** How many more runs this process can take on. */
  get #room(): number {
    return this.#limit() - this.#open;
  }

  /** Twice the concurrency, so that the next runs are ready, plus the runs that wait. */
  #limit(): number {
    if (this.#closed) return 0;
    const { concurrency, maxOpen } = this.definition;
    return Math.min(maxOpen, 2 * concurrency + this.#waiting);
  }
}
