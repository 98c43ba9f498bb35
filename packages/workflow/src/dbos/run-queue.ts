import { randomUUID } from 'node:crypto';
import { DBOSExecutor } from '@dbos-inc/dbos-sdk/internal/dbos-executor';
import { registerInternalQueue } from '@dbos-inc/dbos-sdk/internal/wfqueue';
import type { WorkflowQueue } from '@dbos-inc/dbos-sdk/internal/wfqueue';
import type { Definition } from '../definition.ts';
import { Slots } from '../run/slots.ts';

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
  #queue: WorkflowQueue | undefined = undefined;
  #resting = 0;
  /** How many runs this process has taken on. */
  #open = 0;
  #claiming = false;
  #again = false;
  #backlog = false;
  #closed = false;

  constructor(definition: Definition, name: string, engineVersion: string) {
    this.definition = definition;
    this.name = name;
    this.#version = engineVersion;
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

  /** A run begins here, or has ended. */
  opened(by: 1 | -1): void {
    this.#open += by;
    if (by < 0) this.freed();
  }

  /** A run was put into the queue. */
  arrived(): void {
    if (!this.#backlog || this.#hasMuchRoom) this.claim();
  }

  /** There is room for another run. */
  freed(): void {
    if (this.#backlog && this.#hasMuchRoom) this.claim();
  }

  /** Where many wait, several are claimed at a time, while those at hand last: a claim costs a step. */
  get #hasMuchRoom(): boolean {
    return this.#room >= this.definition.concurrency / 2;
  }

  /** Looks for runs to work on, soon. */
  claim(): void {
    if (this.#closed) return;
    if (this.#claiming) this.#again = true;
    else void this.#claimAll();
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
    this.claim();
  }

  async #claimOnce(): Promise<void> {
    const executor = DBOSExecutor.globalInstance;
    const queue = this.#queue;
    if (executor === undefined || queue === undefined) return;
    const { systemDatabase } = executor;
    try {
      const room = this.#room;
      // There may be some, for which there is no room now.
      this.#backlog = room <= 0;
      if (room <= 0) return;
      const owner = randomUUID();
      const claimed = await systemDatabase.findAndMarkStartableWorkflows(
        queue,
        executor.executorID,
        this.#version,
        undefined,
        // Without those whose outcome is only just being recorded.
        this.#open,
        0,
        owner,
      );
      this.#backlog = claimed.length >= room;
      await executor.dispatchDequeuedWorkflows(claimed, owner);
    } catch (error) {
      // The queue's own poll comes within a second, and says what is wrong.
      executor.logger.debug(error);
    }
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
