import { DBOS } from '@dbos-inc/dbos-sdk';
import { DBOSExecutor } from '@dbos-inc/dbos-sdk/internal/dbos-executor';
import {
  DBOSWorkflowCancelledError,
  DBOSWorkflowConflictError,
} from '@dbos-inc/dbos-sdk/internal/error';
import type { Definition } from '../definition.ts';
import { WorkflowError } from '../errors.ts';
import { Gates } from '../gate/gates.ts';
import type { ReadHighwayOptions } from '../highway-options.ts';
import { Interruption, never } from '../journal/journal.ts';
import type { EndedRun } from '../journal/journal.ts';
import { Calls } from '../run/calls.ts';
import { Execution } from '../run/execution.ts';
import type { RunServices } from '../run/execution.ts';
import type { JournalRecord } from '../records/journal-record.ts';
import { outside } from '../outside.ts';
import { executeRun, RunFailure } from '../run/execute-run.ts';
import { checkInput } from '../standard-schema.ts';
import type { Database } from './database.ts';
import type { MutableLogger } from './dbos-logger.ts';
import { DbosJournal } from './dbos-journal.ts';
import { engineVersionOf, queueName, versionOf } from './names.ts';
import { failureKey, recordSerializer } from './serializer.ts';
import { checkListener, wakeReceivers, wakeWhenListening } from './receivers.ts';
import type { SystemDatabase } from './receivers.ts';
import { patientRuns } from './patience.ts';
import type { ExecutorTable } from './executor-table.ts';
import { RunQueue } from './run-queue.ts';
import { RunWatch } from './run-watch.ts';
import type { Steering } from './steering.ts';
import type { Suspects } from './suspects.ts';

/**
 * How often a run may be taken up again before DBOS gives it up. Every restart of a worker counts, an
 * orderly one too, and a run may sleep for months: a hundred, which is what DBOS allows by itself,
 * would end it.
 */
const maxRecoveryAttempts = 1_000_000;

/** How long the connection that hears of signals may take to answer. */
const listenerPatienceMs = 5_000;

/** What an engine is made with. */
export interface EngineParts {
  readonly options: ReadHighwayOptions;
  readonly executorId: string;
  readonly definitions: readonly Definition[];
  readonly database: Database;
  readonly steering: Steering;
  readonly table: ExecutorTable;
  readonly suspects: Suspects;
  readonly logger: MutableLogger;
}

/** Executes runs in this process, on DBOS. One at a time in a process: DBOS is static. */
export class Engine {
  readonly #parts: EngineParts;
  readonly #queues: ReadonlyMap<string, RunQueue>;
  readonly #executions = new Map<string, Execution>();
  readonly #services: RunServices;
  /** The branches that runs of this process wait for. */
  readonly #awaited = new Set<string>();
  readonly #watch: RunWatch;
  #systemDatabase: SystemDatabase | undefined = undefined;
  #stopping = false;
  #abandoned = false;

  constructor(parts: EngineParts) {
    const { options, definitions, steering, table } = parts;
    this.#parts = parts;
    this.#queues = new Map(
      definitions.map((definition) => {
        const queue = queueName(definition.name, versionOf(definition, options.version));
        return [
          definition.name,
          new RunQueue(definition, queue, { version: engineVersionOf(options.name), table }),
        ];
      }),
    );
    this.#watch = new RunWatch(options.clock, (ids) => steering.ended(ids));
    this.#services = {
      clock: options.clock,
      random: options.random,
      calls: new Calls(options.clock),
      gates: new Gates({ clock: options.clock, canaries: options.canaries }),
      runs: patientRuns(
        {
          enqueue: (workflow, id, input) => this.enqueue(workflow, id, input),
          ended: (ids, signal) => this.#awaitBranches(ids, signal),
          cancel: (ids) => this.cancel(ids),
        },
        () => this.#stopping,
      ),
    };
  }

  get watch(): RunWatch {
    return this.#watch;
  }

  /** Launches DBOS, which takes up the runs that this executor left. */
  async start(): Promise<void> {
    const { options, executorId, database, logger } = this.#parts;
    DBOS.setConfig({
      name: options.name,
      systemDatabaseUrl: database.url,
      systemDatabasePool: database.pool,
      applicationVersion: engineVersionOf(options.name),
      executorID: executorId,
      enablePatching: true,
      serializer: recordSerializer,
      logger,
    });
    for (const queue of this.#queues.values()) {
      this.#register(queue);
      queue.register();
    }
    await DBOS.launch();
    this.#systemDatabase = DBOSExecutor.globalInstance?.systemDatabase;
    if (this.#systemDatabase !== undefined) wakeWhenListening(this.#systemDatabase);
    for (const queue of this.#queues.values()) queue.claim();
  }

  /** Puts a run into the queue of its workflow; throws where the workflow doesn't take the input. */
  async enqueue(workflow: string, id: string, given: unknown): Promise<void> {
    const queue = this.#queueOf(workflow);
    const { steering } = this.#parts;
    const input = await checkInput(workflow, queue.definition.schema, given);
    await outside(() => steering.enqueue({ workflow, queue: queue.name, id, input }));
    queue.arrived();
  }

  /**
   * Waits for branches. Where this process may take on no more runs since those that it has wait for
   * these, it takes them on all the same: nothing would ever end otherwise.
   */
  async #awaitBranches(ids: readonly string[], signal: AbortSignal): Promise<readonly EndedRun[]> {
    for (const id of ids) this.#awaited.add(id);
    outside(() => {
      this.unblock();
    });
    try {
      return await this.#watch.ended(ids, signal);
    } finally {
      for (const id of ids) this.#awaited.delete(id);
    }
  }

  /** Takes on branches that runs of this process wait for, where its queues are full of such runs. */
  unblock(): void {
    const missing = [...this.#awaited].filter((id) => !this.#executions.has(id));
    if (missing.length === 0) return;
    for (const queue of this.#queues.values()) queue.unblock(missing);
  }

  /** Stops runs; those that this process executes, at once. */
  async cancel(ids: readonly string[]): Promise<void> {
    await this.#parts.steering.cancel(ids);
    const isOne = (id: string): boolean =>
      ids.some((given) => id === given || id.startsWith(`${given}/`));
    this.interrupt([...this.#executions.keys()].filter(isOne));
    for (const id of ids) this.#watch.nudge(id);
  }

  /** Takes over the runs that these executors left, and looks for them at once. */
  async adopt(executorIds: readonly string[]): Promise<void> {
    await DBOSExecutor.globalInstance?.recoverPendingWorkflows([...executorIds]);
    this.claimAll();
  }

  /** The runs that are being executed in this process. */
  get executing(): ReadonlySet<string> {
    return new Set(this.#executions.keys());
  }

  /** The runs that this process is at: executed, or ended and being put on record. */
  get begun(): ReadonlySet<string> {
    return new Set(this.#systemDatabase?.runningWorkflowMap.keys());
  }

  /** Ends the executions of these runs in this process. */
  interrupt(ids: readonly string[], why = 'was cancelled'): void {
    for (const id of ids) {
      this.#executions.get(id)?.interrupt(new Interruption(`The run ${id} ${why}`));
      if (this.#systemDatabase !== undefined) wakeReceivers(this.#systemDatabase, id);
    }
  }

  /** Whether this process hears what others tell it; where not, it listens anew. */
  async checkListener(): Promise<void> {
    if (this.#systemDatabase !== undefined) {
      await checkListener(this.#systemDatabase, listenerPatienceMs);
    }
  }

  /** Names of the queues that this process serves. */
  get served(): readonly string[] {
    return [...this.#queues.values()].map(({ name }) => name);
  }

  /** Looks for runs at once: others have put some back. */
  claimAll(): void {
    for (const queue of this.#queues.values()) queue.claim();
  }

  /**
   * Takes on nothing more, and ends all executions without an outcome: another process has this
   * executor's id, and with it its runs. They are not handed over at the stop.
   */
  abandon(): void {
    this.#abandoned = true;
    for (const queue of this.#queues.values()) queue.close();
    this.interrupt([...this.#executions.keys()], 'is executed by another process');
  }

  /**
   * Stops: takes on nothing more, lets the calls under way end for so many ms, and lets go of DBOS.
   * Runs stay as they are on record; other processes take them up at once, or this one after its
   * next start.
   */
  async stop(drainMs: number): Promise<void> {
    for (const queue of this.#queues.values()) queue.close();
    await this.#services.calls.close(drainMs);
    this.#stopping = true;
    this.#watch.close();
    // What they wait for would keep the process; they are on record, and never settle here.
    const stopped = new Interruption('The engine was stopped');
    for (const execution of this.#executions.values()) execution.stop(stopped);
    if (!this.#abandoned) await this.#handOver();
    this.#parts.logger.mute();
    await DBOS.shutdown({ deregister: true });
  }

  /** Ends what waits for messages, which would keep the process; after the database was closed. */
  letGo(): void {
    if (this.#systemDatabase !== undefined) wakeReceivers(this.#systemDatabase);
  }

  async #handOver(): Promise<void> {
    try {
      await DBOSExecutor.globalInstance?.recoverPendingWorkflows([this.#parts.executorId]);
    } catch (error) {
      this.#parts.logger.warn(`The runs of this process were not handed over: ${String(error)}`);
    }
  }

  #register(queue: RunQueue): void {
    const { definition } = queue;
    DBOS.registerWorkflow((input: JournalRecord) => this.#execute(queue, input), {
      name: definition.name,
      className: this.#parts.options.name,
      maxRecoveryAttempts,
    });
  }

  async #execute(queue: RunQueue, input: JournalRecord): Promise<JournalRecord> {
    const id = DBOS.workflowID!;
    const probation = this.#parts.suspects.probation(id);
    const { resting } = queue;
    const execution = new Execution(this.#services, queue.slots, { resting, probation });
    // Cancelled and resumed by another process, it may still be waiting here; only one may go on.
    this.interrupt([id]);
    this.#executions.set(id, execution);
    queue.began(id);
    await execution.enter();
    try {
      const isStopping = (): boolean => this.#stopping;
      const journal = new DbosJournal(id, isStopping, () => probation?.passes());
      const running = executeRun(queue.definition, input, journal, execution);
      const output = await Promise.race([running, execution.abandoned]);
      if (this.#stopping) return await never();
      probation?.passes();
      return output;
    } catch (error) {
      if (this.#stopping) return await never();
      // DBOS makes data of what is thrown, of which a text comes through as it is.
      if (error instanceof RunFailure) {
        probation?.passes();
        throw Object.assign(error, { [failureKey]: error.record.text });
      }
      const { cause } = Object(error) as { cause?: unknown };
      if (!(error instanceof Interruption)) throw error;
      // Of all errors, DBOS takes these alone for no outcome.
      throw cause instanceof DBOSWorkflowCancelledError ? cause : new DBOSWorkflowConflictError(id);
    } finally {
      if (this.#executions.get(id) === execution) this.#executions.delete(id);
      execution.leave();
      queue.ended();
      this.#watch.nudge(id);
    }
  }

  #queueOf(workflow: string): RunQueue {
    const queue = this.#queues.get(workflow);
    if (queue !== undefined) return queue;
    throw new WorkflowError('ERR_DEFINITION', `"${workflow}" is not a workflow of this engine`);
  }
}
