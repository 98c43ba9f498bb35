import { WorkflowError } from '../errors.ts';
import { checkKeys, checkName, showKey } from '../option-checks.ts';
import { store } from '../records/stored.ts';
import type { RunSummary, StepDescription } from '../runs.ts';
import type { RunStatus } from '../workflow.ts';
import { describeSteps, undoingIn } from './describe-steps.ts';
import { queueName } from './names.ts';
import type { RunReader } from './run-reader.ts';
import type { Steering } from './steering.ts';

/** Options of `resume` and `retryFrom`. */
export interface ResumeOptions {
  /** The version of the workflow that is to go on with the run. Default: the one that it has. */
  readonly version?: string | undefined;
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
    const stored = store(`signal "${name}": the value`, value);
    const { status } = await this.#reader.getOwn(id);
    if (ended.includes(status)) {
      throw new WorkflowError('ERR_RUN_ENDED', `The run "${id}" has ended (${status})`);
    }
    await this.#steering.signal(id, name, stored);
  }

  /** Stops a run, and its branches. */
  async cancel(id: string): Promise<void> {
    await this.#reader.get(id);
    await this.#steering.cancel([id]);
  }

  /** Has a run go on that was cancelled or is stuck, with those of its branches that were cancelled. */
  async resume(id: string, options: ResumeOptions = {}): Promise<void> {
    const version = versionIn('resume', options);
    const run = await this.#reader.getOwn(id);
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
   * Forgets what a run did from a step on, and has it go on from there. Refused while it undoes its
   * steps, and where steps before that were undone, or were to be: they would pass for done.
   */
  async retryFrom(id: string, step: string, options: ResumeOptions = {}): Promise<void> {
    const version = versionIn('retryFrom', options);
    const run = await this.#reader.getOwn(id);
    const entries = await this.#reader.entries(id);
    const steps = describeSteps(entries).filter(({ kind }) => kind !== 'undo');
    const found = steps.find(({ name }) => name === step);
    if (found === undefined) {
      const names = steps.map(({ name }) => name).join(', ');
      throw new WorkflowError(
        'ERR_UNKNOWN_STEP',
        `The run "${id}" has no step ${showKey(step)}; it has ${names}`,
      );
    }
    checkUndoing(
      run,
      undoingIn(entries) ?? [],
      steps.filter(({ first }) => first < found.first),
    );
    if (!ended.includes(run.status)) await this.#steering.cancel([id]);
    await this.#steering.forget(await this.#branchesSince(id, found, steps));
    const queue = queueName(run.workflow, version ?? run.version);
    await this.#steering.rewind(id, placeToRetry(found), queue);
  }

  /**
   * The branches that a run would start anew after a rewind: all of those that come after the place,
   * whatever became of them, since their inputs may be others; and of those at the place, whose inputs
   * stay on record, the ones that are not done.
   */
  async #branchesSince(
    id: string,
    from: StepDescription,
    steps: readonly StepDescription[],
  ): Promise<string[]> {
    const branches = await this.#reader.list({ parent: id, limit: Infinity });
    const places = new Map(
      steps.filter(({ kind }) => kind === 'branches').map(({ name, first }) => [name, first]),
    );
    return branches.flatMap(({ id: branch, status }) => {
      // Those of branches are below their own.
      const name = branch.slice(id.length + 1).split('/')[0]!;
      const place = places.get(name) ?? Infinity;
      const isKept = place < from.first || (place === from.first && status === 'done');
      return isKept ? [] : [branch];
    });
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

const ended: readonly RunStatus[] = ['done', 'failed', 'compensated', 'cancelled'];

/** Branches keep the entry that says what they were started with: it must be that again. */
function placeToRetry({ kind, first }: StepDescription): number {
  return kind === 'branches' ? first + 1 : first;
}

function checkUndoing(
  { id, status }: RunSummary,
  undoing: readonly string[],
  before: readonly StepDescription[],
): void {
  if (undoing.length === 0) return;
  if (!ended.includes(status)) {
    throw new WorkflowError(
      'ERR_UNDONE',
      `The run "${id}" is undoing its steps (${undoing.join(', ')}); wait for its end, or start it anew`,
    );
  }
  const earlier = before.find(({ name }) => undoing.includes(name));
  if (earlier === undefined) return;
  throw new WorkflowError(
    'ERR_UNDONE',
    `The run "${id}" has undone its step "${earlier.name}", or begun to; retry it from there, or from before`,
  );
}
