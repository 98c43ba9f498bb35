import { WorkflowError } from '../errors.ts';
import { checkKeys, checkName } from '../option-checks.ts';
import { findUnstorable } from '../records/storable.ts';
import type { RunDescription, RunSummary } from '../runs.ts';
import { queueName } from './names.ts';
import type { RunReader } from './run-reader.ts';
import type { Steering } from './steering.ts';

/** Options of `resume` and `retryFrom`. */
export interface ResumeOptions {
  /** The version of the workflow that is to go on with the run. Default: the one that it has. */
  readonly version?: string;
}

/** What operators do with runs, through the database alone. */
export class Control {
  readonly #reader: RunReader;
  readonly #steering: Steering;

  constructor(reader: RunReader, steering: Steering) {
    this.#reader = reader;
    this.#steering = steering;
  }

  /** Sends a run a signal. */
  async signal(id: string, name: string, value: unknown): Promise<void> {
    checkName('signal', name);
    const found = findUnstorable(value);
    if (found !== undefined) {
      throw new WorkflowError(
        'ERR_NOT_SERIALIZABLE',
        `signal "${name}": holds ${found.what}${found.path && ` at ${found.path}`}`,
      );
    }
    await this.#reader.get(id);
    await this.#steering.signal(id, name, value);
  }

  /** Stops a run, and its branches. */
  async cancel(id: string): Promise<void> {
    await this.#reader.get(id);
    await this.#steering.cancel([id]);
  }

  /** Has a run go on that was cancelled or is stuck, with those of its branches that were cancelled. */
  async resume(id: string, options: ResumeOptions = {}): Promise<void> {
    const version = versionIn('resume', options);
    const run = await this.#reader.get(id);
    if (['done', 'failed', 'compensated'].includes(run.status)) {
      throw new WorkflowError(
        'ERR_RUN_ENDED',
        `The run "${id}" has ended (${run.status}); retryFrom has it try a step again`,
      );
    }
    const branches = await this.#reader.list({ parent: id, status: 'cancelled', limit: Infinity });
    await this.#resumeOne(run, version);
    for (const branch of branches) await this.#resumeOne(branch, undefined);
  }

  /**
   * Forgets what a run did from a step on, and has it go on from there. Refused where steps before
   * that were undone already: they would pass for done.
   */
  async retryFrom(id: string, step: string, options: ResumeOptions = {}): Promise<void> {
    const version = versionIn('retryFrom', options);
    const run = await this.#reader.describe(id);
    const found = run.steps.find(({ name, kind }) => name === step && kind !== 'undo');
    if (found === undefined) {
      const names = run.steps.filter(({ kind }) => kind !== 'undo').map(({ name }) => name);
      throw new WorkflowError(
        'ERR_UNKNOWN_STEP',
        `The run "${id}" has no step "${step}"; it has ${names.join(', ')}`,
      );
    }
    checkUndone(run, found.first);
    if (['queued', 'running', 'parked', 'retrying', 'sleeping', 'waiting'].includes(run.status)) {
      await this.#steering.cancel([id]);
    }
    const dropped = run.branches.filter(({ status }) => status !== 'done');
    await this.#steering.forget(dropped.map((branch) => branch.id));
    const queue = queueName(run.workflow, version ?? run.version);
    await this.#steering.rewind(id, found.first, queue);
  }

  async #resumeOne(run: RunSummary, version: string | undefined): Promise<void> {
    await this.#steering.resume([run.id], queueName(run.workflow, version ?? run.version));
  }
}

function versionIn(owner: string, options: ResumeOptions): string | undefined {
  checkKeys(owner, options, ['version']);
  const { version } = options;
  return version === undefined ? undefined : checkName(`${owner}: version`, version);
}

function checkUndone({ id, steps, undone }: RunDescription, place: number): void {
  const earlier = steps.find(({ name, kind, first }) => {
    return kind === 'step' && first < place && undone.includes(name);
  });
  if (earlier === undefined) return;
  throw new WorkflowError(
    'ERR_DEFINITION',
    `The run "${id}" has undone its step "${earlier.name}"; retry it from there, or from before`,
  );
}
