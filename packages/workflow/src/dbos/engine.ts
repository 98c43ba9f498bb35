import { DBOS } from '@dbos-inc/dbos-sdk';
import { AdmissionControllers } from '../admission/admission-controllers.ts';
import type { Definition } from '../definition.ts';
import { runDetached } from '../detached.ts';
import { Interruption, neverSettles } from '../engine/journal/journal.ts';
import type { EndedRun } from '../engine/journal/journal.ts';
import type { JournalRecord } from '../engine/records/journal-record.ts';
import { CallTracker } from '../engine/run/call-tracker.ts';
import { executeRun, RunFailure } from '../engine/run/execute-run.ts';
import { Execution } from '../engine/run/execution.ts';
import type { RunServices } from '../engine/run/execution.ts';
import { WorkflowError } from '../errors.ts';
import type { ReadHighwayOptions } from '../highway-options.ts';
import { checkInput } from '../standard-schema.ts';
import type { CrashSuspects } from './crash-suspects.ts';
import type { Database } from './database.ts';
import { retryingStarter } from './database-retries.ts';
import { DbosJournal } from './dbos-journal.ts';
import type { MutableLogger } from './dbos-logger.ts';
import type { ExecutorTable } from './executor-table.ts';
import {
  DBOSExecutor,
  DBOSWorkflowCancelledError,
  DBOSWorkflowConflictError,
} from './internals.ts';
import type { SystemDatabase } from './internals.ts';
import { checkListener, wakeReceivers, wakeWhenListening } from './message-receivers.ts';
import { engineVersionOf, queueName, versionOf } from './queue-names.ts';
import { failureKey, recordSerializer } from './record-serializer.ts';
import type { RunCommands } from './run-commands.ts';
import { RunQueue } from './run-queue.ts';
import { RunWatcher } from './run-watcher.ts';

/**
 * How often a run may be recovered before DBOS gives it up. Every restart of a worker counts, also an
 * orderly one, and a run may sleep for months: the default of DBOS, a hundred, would end such a run.
 */
const maxRecoveryAttempts = 1_000_000;

/** How long the connection that listens for messages may take to answer. */
const listenerTimeoutMs = 5_000;

/** What an engine needs. */
export interface EngineOptions {
  readonly options: ReadHighwayOptions;
  readonly executorId: string;
  readonly definitions: readonly Definition[];
  readonly database: Database;
  readonly commands: RunCommands;
  readonly table: ExecutorTable;
  readonly suspects: CrashSuspects;
  readonly logger: MutableLogger;
}

/** Executes runs in this process with DBOS, which is static: one engine at a time. */
export class Engine {
  readonly watcher: RunWatcher;
  readonly #parts: EngineOptions;
  readonly #queues: ReadonlyMap<string, RunQueue>;
  readonly #executions = new Map<string, Execution>();
  readonly #services: RunServices;
  /** The child runs that runs of this process wait for. */
  readonly #awaited = new Set<string>();
  #systemDatabase: SystemDatabase | undefined = undefined;
  #stopping = false;
  #abandoned = false;

  constructor(parts: EngineOptions) {
    const { options, definitions, commands, table } = parts;
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
    this.watcher = new RunWatcher(options.clock, (ids) => commands.findEnded(ids));
    this.#services = {
      clock: options.clock,
      random: options.random,
      calls: new CallTracker(options.clock),
      admission: new AdmissionControllers({
        clock: options.clock,
        trialCalls: options.trialCalls,
      }),
      childRuns: retryingStarter(
        {
          enqueue: (workflow, id, input) => this.enqueue(workflow, id, input),
          waitForAny: (ids, signal) => this.#awaitChildren(ids, signal),
          cancel: (ids) => this.cancel(ids),
        },
        () => this.#stopping,
      ),
    };
  }

  /** Launches DBOS, which continues the runs that this executor owns. */
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

  /** Puts a run into the queue of its workflow; throws if the workflow doesn't accept the input. */
  async enqueue(workflow: string, id: string, given: unknown): Promise<void> {
    const queue = this.#queueOf(workflow);
    const { commands } = this.#parts;
    const input = await checkInput(workflow, queue.definition.schema, given);
    await runDetached(() => commands.enqueue({ workflow, queue: queue.name, id, input }));
    queue.onEnqueued();
  }

  /**
   * Waits for child runs. If this process can't take on more runs because its own wait for these, it
   * takes them on nevertheless: otherwise none would ever end.
   */
  async #awaitChildren(ids: readonly string[], signal: AbortSignal): Promise<readonly EndedRun[]> {
    for (const id of ids) this.#awaited.add(id);
    runDetached(() => {
      this.unblock();
    });
    try {
      return await this.watcher.waitForAny(ids, signal);
    } finally {
      for (const id of ids) this.#awaited.delete(id);
    }
  }

  /** Takes on child runs that runs of this process wait for, if its queues are full of such runs. */
  unblock(): void {
    const missing = [...this.#awaited].filter((id) => !this.#executions.has(id));
    if (missing.length === 0) return;
    for (const queue of this.#queues.values()) queue.unblock(missing);
  }

  /** Cancels runs; those that this process executes end at once. */
  async cancel(ids: readonly string[]): Promise<void> {
    await this.#parts.commands.cancel(ids);
    const isOne = (id: string): boolean =>
      ids.some((given) => id === given || id.startsWith(`${given}/`));
    this.interrupt([...this.#executions.keys()].filter(isOne));
    for (const id of ids) this.watcher.runEnds(id);
  }

  /** Takes over the runs of these executors, and claims them at once. */
  async takeOver(executorIds: readonly string[]): Promise<void> {
    await DBOSExecutor.globalInstance?.recoverPendingWorkflows([...executorIds]);
    this.claimAll();
  }

  /** The runs that this process executes. */
  get executing(): ReadonlySet<string> {
    return new Set(this.#executions.keys());
  }

  /** The runs that this process executes, or has executed and is still recording. */
  get underWay(): ReadonlySet<string> {
    return new Set(this.#systemDatabase?.runningWorkflowMap.keys());
  }

  /** Ends the executions of these runs in this process. */
  interrupt(ids: readonly string[], why = 'was cancelled'): void {
    for (const id of ids) {
      this.#executions.get(id)?.interrupt(new Interruption(`The run "${id}" ${why}`));
      if (this.#systemDatabase !== undefined) wakeReceivers(this.#systemDatabase, id);
    }
  }

  /** Reconnects the listener for messages if its connection doesn't answer. */
  async checkListener(): Promise<void> {
    if (this.#systemDatabase !== undefined) {
      await checkListener(this.#systemDatabase, listenerTimeoutMs);
    }
  }

  /** The names of the queues that this process serves. */
  get queueNames(): readonly string[] {
    return [...this.#queues.values()].map(({ name }) => name);
  }

  /** Claims runs at once, for example after some were put back into their queues. */
  claimAll(): void {
    for (const queue of this.#queues.values()) queue.claim();
  }

  /**
   * Takes on nothing more, and ends all executions without an outcome: another process has this
   * executor id, and with it the runs. So the stop doesn't hand them over.
   */
  abandon(): void {
    this.#abandoned = true;
    for (const queue of this.#queues.values()) queue.close();
    this.interrupt([...this.#executions.keys()], 'is executed by another process');
  }

  /**
   * Stops: takes on nothing more, waits at most `drainMs` for the calls under way, and shuts DBOS down.
   * Runs stay on record: other processes continue them at once, or this one after its next start.
   */
  async stop(drainMs: number): Promise<void> {
    for (const queue of this.#queues.values()) queue.close();
    await this.#services.calls.close(drainMs);
    this.#stopping = true;
    this.watcher.close();
    // Their waits would keep the process alive. The runs are on record, and never settle here.
    const stopped = new Interruption('The engine was stopped');
    for (const execution of this.#executions.values()) execution.stop(stopped);
    if (!this.#abandoned) await this.#handOver();
    this.#parts.logger.mute();
    await DBOS.shutdown({ deregister: true });
  }

  /** Ends the waits for messages, which would keep the process alive, after the database was closed. */
  releaseReceivers(): void {
    if (this.#systemDatabase !== undefined) wakeReceivers(this.#systemDatabase);
  }

  async #handOver(): Promise<void> {
    try {
      await DBOSExecutor.globalInstance?.recoverPendingWorkflows([this.#parts.executorId]);
    } catch (error) {
      this.#parts.logger.warn(`Could not hand over the runs of this process: ${String(error)}`);
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
    const { onWaiting } = queue;
    const execution = new Execution(this.#services, queue.slots, { onWaiting, probation });
    // If another process cancelled and resumed the run, an earlier execution may still wait here.
    this.interrupt([id]);
    this.#executions.set(id, execution);
    queue.onStart(id);
    await execution.start();
    try {
      const isStopping = (): boolean => this.#stopping;
      const journal = new DbosJournal(id, isStopping, () => probation?.passed());
      const running = executeRun(queue.definition, input, journal, execution);
      const output = await Promise.race([running, execution.abandoned]);
      if (this.#stopping) return await neverSettles();
      probation?.passed();
      return output;
    } catch (error) {
      if (this.#stopping) return await neverSettles();
      // DBOS turns the error into data, but leaves strings as they are.
      if (error instanceof RunFailure) {
        probation?.passed();
        throw Object.assign(error, { [failureKey]: error.record.text });
      }
      const { cause } = Object(error) as { cause?: unknown };
      if (!(error instanceof Interruption)) throw error;
      // For DBOS, only these errors mean that the execution has no outcome.
      throw cause instanceof DBOSWorkflowCancelledError ? cause : new DBOSWorkflowConflictError(id);
    } finally {
      if (this.#executions.get(id) === execution) this.#executions.delete(id);
      execution.finish();
      queue.onEnd();
      this.watcher.runEnds(id);
    }
  }

  #queueOf(workflow: string): RunQueue {
    const queue = this.#queues.get(workflow);
    if (queue !== undefined) return queue;
    throw new WorkflowError('ERR_DEFINITION', `There is no workflow "${workflow}" on this Highway`);
  }
}
