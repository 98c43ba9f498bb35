import { describeSteps, compensatingIn } from '../dbos/describe-steps.ts';
import { queueName } from '../dbos/queue-names.ts';
import type { RunCommands } from '../dbos/run-commands.ts';
import type { RunReader } from '../dbos/run-reader.ts';
import { storeValue } from '../engine/records/stored-value.ts';
import { WorkflowError } from '../errors.ts';
import { checkKeys, checkName, showKey } from '../option-checks.ts';
import type { RunStatus } from '../workflow.ts';
import type { ResumeOptions, RunSummary, StepDescription } from './run-types.ts';

/** The rules for controlling runs: which operation is allowed on which run. */
export class RunControl {
  readonly #reader: RunReader;
  readonly #commands: RunCommands;

  constructor(reader: RunReader, commands: RunCommands) {
    this.#reader = reader;
    this.#commands = commands;
  }

  /** Sends a run a signal. */
  async signal(id: string, name: string, value: unknown): Promise<void> {
    checkName('signal', name);
    const stored = storeValue(`signal "${name}": the value`, value);
    const { status } = await this.#reader.getCurrent(id);
    if (isEnded(status)) {
      throw new WorkflowError('ERR_RUN_ENDED', `The run "${id}" has ended (${status})`);
    }
    await this.#commands.signal(id, name, stored);
  }

  /** Continues a run that was cancelled or is stuck, and its child runs that were cancelled. */
  async resume(id: string, options: ResumeOptions = {}): Promise<void> {
    const version = versionIn('resume', options);
    const run = await this.#reader.getCurrent(id);
    if (['done', 'failed', 'compensated'].includes(run.status)) {
      throw new WorkflowError(
        'ERR_RUN_ENDED',
        `The run "${id}" has ended (${run.status}); use retryFrom to run one of its steps again`,
      );
    }
    const children = await this.#reader.list({ parent: id, status: 'cancelled', limit: Infinity });
    await this.#resumeOne(run, version);
    for (const child of children) await this.#resumeOne(child, undefined);
  }

  /**
   * Discards what a run did from a step on, and continues the run from that step. Not allowed while
   * the run is compensating, nor from a step after one that was compensated: that one would count
   * as done.
   */
  async retryFrom(id: string, step: string, options: ResumeOptions = {}): Promise<void> {
    const version = versionIn('retryFrom', options);
    const run = await this.#reader.getCurrent(id);
    const entries = await this.#reader.entries(id);
    const steps = describeSteps(entries).filter(({ kind }) => kind !== 'compensation');
    const found = steps.find(({ name }) => name === step);
    if (found === undefined) {
      const names = steps.map(({ name }) => name).join(', ');
      throw new WorkflowError(
        'ERR_UNKNOWN_STEP',
        `The run "${id}" has no step ${showKey(step)}; its steps are ${names}`,
      );
    }
    checkCompensating(
      run,
      compensatingIn(entries) ?? [],
      steps.filter(({ first }) => first < found.first),
    );
    if (!isEnded(run.status)) await this.#commands.cancel([id]);
    await this.#commands.delete(await this.#childrenToRestart(id, found, steps));
    const queue = queueName(run.workflow, version ?? run.version);
    await this.#commands.rewind(id, positionToRetry(found), queue);
  }

  /**
   * The child runs that the run starts again after a rewind: all that were started after the step,
   * since their inputs may change; and, of the step itself, those that aren't done, since their
   * inputs stay on record.
   */
  async #childrenToRestart(
    id: string,
    from: StepDescription,
    steps: readonly StepDescription[],
  ): Promise<string[]> {
    const children = await this.#reader.list({ parent: id, limit: Infinity });
    const positions = new Map(
      steps.filter(({ kind }) => kind === 'children').map(({ name, first }) => [name, first]),
    );
    return children.flatMap(({ id: child, status }) => {
      // Grandchildren belong to the same operation of this run as their parent.
      const name = child.slice(id.length + 1).split('/')[0]!;
      const position = positions.get(name) ?? Infinity;
      const isKept = position < from.first || (position === from.first && status === 'done');
      return isKept ? [] : [child];
    });
  }

  async #resumeOne(run: RunSummary, version: string | undefined): Promise<void> {
    await this.#commands.resume([run.id], queueName(run.workflow, version ?? run.version));
  }
}

function versionIn(owner: string, options: ResumeOptions): string | undefined {
  checkKeys(owner, options, ['version']);
  const { version } = options;
  return version === undefined ? undefined : checkName(`${owner}: version`, version);
}

const endStatuses: readonly RunStatus[] = ['done', 'failed', 'compensated', 'cancelled'];

function isEnded(status: RunStatus): boolean {
  return endStatuses.includes(status);
}

/** Child runs keep the entry with their fingerprints: their inputs must be the same again. */
function positionToRetry({ kind, first }: StepDescription): number {
  return kind === 'children' ? first + 1 : first;
}

function checkCompensating(
  { id, status }: RunSummary,
  compensating: readonly string[],
  before: readonly StepDescription[],
): void {
  if (compensating.length === 0) return;
  if (!isEnded(status)) {
    throw new WorkflowError(
      'ERR_COMPENSATED',
      `The run "${id}" is compensating its steps (${compensating.join(', ')}); wait until it has ended, or ` +
        'start a new run',
    );
  }
  const earlier = before.find(({ name }) => compensating.includes(name));
  if (earlier === undefined) return;
  throw new WorkflowError(
    'ERR_COMPENSATED',
    `The run "${id}" has started to compensate its step "${earlier.name}"; retry from that step, or from ` +
      'an earlier one',
  );
}
