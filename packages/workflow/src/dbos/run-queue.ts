import { randomUUID } from 'node:crypto';
import { DBOSExecutor } from '@dbos-inc/dbos-sdk/internal/dbos-executor';
import { registerInternalQueue } from '@dbos-inc/dbos-sdk/internal/wfqueue';
import type { WorkflowQueue } from '@dbos-inc/dbos-sdk/internal/wfqueue';
import type { Definition } from '../definition.ts';
import { outside } from '../outside.ts';
import { Slots } from '../run/slots.ts';
import type { ExecutorTable } from './executor-table.ts';

// What other processes put into the queue is found by polling; what this one does, at once.
const pollMs = 1_000;

/**
 * The queue of one workflow in one version. Claims from the database what this process can work on:
 * runs that wait don't count, so that a queue isn't blocked by them.
 */
export class RunQueue {
  readonly definition: Definition;
  readonly name: string;
  readonly slots: Slots;
  readonly #version: string;
  readonly #table: ExecutorTable;
  #unblocking = false;
  #queue: WorkflowQueue | undefined = undefined;
  #resting = 0;
  /** How many runs this process has taken on. */
  #open = 0;
  /** Those that this queue claimed itself, and that have not begun yet. */
  readonly #claimed = new Set<string>();
  #claiming = false;
  #again = false;
  /** Whether the database may have runs that nobody has claimed. */
  #more = false;
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

  /** Makes it known to DBOS; before the launch. */
  register(): void {
    this.#queue = registerInternalQueue(this.name, { minPollingIntervalMs: pollMs });
    // The queue's own polls ask for the limit each time, so it may follow what happens here.
    Object.defineProperty(this.#queue, 'workerConcurrency', { get: () => this.#limit() });
  }

  /** One more, or one less, waits for something. */
  readonly resting = (by: number): void => {
    this.#resting += by;
    if (by > 0) this.freed();
  };

  /** A run begins here. */
  began(id: string): void {
    this.#open += 1;
    // The poll found it, and takes no more at a time than there is room for.
    if (!this.#claimed.delete(id)) this.#more = true;
  }

  /** A run has ended here. */
  ended(): void {
    this.#open -= 1;
    this.freed();
  }

  /** A run was put into the queue. */
  arrived(): void {
    this.#more = true;
    this.freed();
  }

  /** There may be room for another run. */
  freed(): void {
    if (this.#more && this.#isWorthAClaim) this.claim();
  }

  /** A claim costs as much as a step: it is for those who can begin at once, or for several. */
  get #isWorthAClaim(): boolean {
    const room = this.#room;
    return room > 0 && (this.slots.free > 0 || room >= this.definition.concurrency / 2);
  }

  /** Looks for runs to work on, soon. */
  claim(): void {
    if (this.#closed) return;
    this.#more = true;
    if (this.#claiming) this.#again = true;
    // Most often a run that ends or waits makes room, and what begins then is none of its.
    else void outside(() => this.#claimAll());
  }

  /**
   * Takes on some of these runs beyond `maxOpen`, where all that this process has taken on wait, and
   * some of them for these: the bound must not be held by those who wait for what needs it too.
   */
  unblock(ids: readonly string[]): void {
    const { concurrency, maxOpen } = this.definition;
    const isStuck = this.#open >= maxOpen && this.#resting >= this.#open;
    if (this.#closed || this.#unblocking || !isStuck) return;
    this.#unblocking = true;
    void this.#take(ids.slice(0, concurrency)).finally(() => {
      this.#unblocking = false;
    });
  }

  async #take(ids: readonly string[]): Promise<void> {
    const executor = DBOSExecutor.globalInstance;
    if (executor === undefined) return;
    try {
      const owner = randomUUID();
      const taken = await this.#table.take(ids, this.name, owner);
      for (const id of taken) this.#claimed.add(id);
      await executor.dispatchDequeuedWorkflows([...taken], owner);
      for (const id of taken) this.#claimed.delete(id);
    } catch (error) {
      // The heart asks for it again at its next beat.
      executor.logger.debug(error);
    }
  }

  /** Claims nothing any more. */
  close(): void {
    this.#closed = true;
  }

  async #claimAll(): Promise<void> {
    this.#claiming = true;
    await this.#claimOnce();
    this.#claiming = false;
    if (!this.#again) return;
    this.#again = false;
    // There is less room now than when it was asked for.
    this.freed();
  }

  async #claimOnce(): Promise<void> {
    const executor = DBOSExecutor.globalInstance;
    const room = this.#room;
    // Whoever arrives from now on may come too late for this claim.
    this.#more = room <= 0;
    if (executor === undefined || room <= 0) return;
    try {
      const owner = randomUUID();
      const claimed = await executor.systemDatabase.findAndMarkStartableWorkflows(
        this.#limitedTo(room),
        executor.executorID,
        this.#version,
        undefined,
        0,
        0,
        owner,
      );
      if (claimed.length >= room) this.#more = true;
      for (const id of claimed) this.#claimed.add(id);
      await executor.dispatchDequeuedWorkflows(claimed, owner);
      // What could not be dispatched never begins.
      for (const id of claimed) this.#claimed.delete(id);
    } catch (error) {
      this.#more = true;
      // The queue's own poll comes within a second, and says what is wrong.
      executor.logger.debug(error);
    }
  }

  /**
   * The queue for one claim, of so many at most. By then the limit may be another, and fewer would
   * look as if there were no more.
   */
  #limitedTo(room: number): WorkflowQueue {
    return Object.create(this.#queue!, { workerConcurrency: { value: room } }) as WorkflowQueue;
  }

  /** How many more runs this process would take on. */
  get #room(): number {
    return this.#limit() - this.#open;
  }

  /** Twice what can run, so that the next are at hand, and those that wait on top. */
  #limit(): number {
    if (this.#closed) return 0;
    const { concurrency, maxOpen } = this.definition;
    return Math.min(maxOpen, 2 * concurrency + this.#resting);
  }
}
