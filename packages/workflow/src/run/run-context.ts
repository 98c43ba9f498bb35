import { toMs } from '@highway/resilience';
import type { Duration } from '@highway/resilience';
import { runBranches } from '../branches/branches.ts';
import type { Branch, BranchesWork } from '../branches/branches.ts';
import { checkJoin } from '../branches/join.ts';
import type { Join, Settled } from '../branches/join.ts';
import { WorkflowError } from '../errors.ts';
import type { Journal } from '../journal/journal.ts';
import { checkBranchId, checkCount, checkKeys, checkName } from '../option-checks.ts';
import { readSleep, readValue, writeSleep, writeValue } from '../records/records.ts';
import { store } from '../records/stored.ts';
import { runStep } from '../step/durable-step.ts';
import { planOf } from '../step/plan.ts';
import { readStepOptions } from '../step/step-options.ts';
import type { ReadStepOptions, StepInfo, StepOptions } from '../step/step-options.ts';
import { definitionOf } from '../workflow.ts';
import type { Workflow } from '../workflow.ts';
import type { BranchCall, Context, ForEachOptions, Joined } from './context.ts';
import type { Execution } from './execution.ts';
import { Operations } from './operations.ts';
import { Saga } from './saga.ts';

const tenYearsMs = 315_360_000_000;

/** A run's context: checks what is asked for, and does it through the journal. */
export class RunContext implements Context {
  readonly operations: Operations = new Operations();
  readonly saga: Saga;
  readonly #journal: Journal;
  readonly #execution: Execution;
  /** How often each name has been taken: a name in a loop gets a number. */
  readonly #names = new Map<string, number>();

  constructor(journal: Journal, execution: Execution) {
    this.#journal = journal;
    this.#execution = execution;
    this.saga = new Saga(journal, execution);
  }

  get runId(): string {
    return this.#journal.runId;
  }

  step<Value>(
    name: string,
    fn: (step: StepInfo) => Value | Promise<Value>,
    options: StepOptions<Value> = {},
  ): Promise<Value> {
    return this.#operate('step', name, async (unique) => {
      if (typeof fn !== 'function') throw bad(`step "${name}": needs a function`);
      const read = readStepOptions(name, options);
      const value = await this.#step(unique, fn, read);
      const { compensate, policy } = read;
      if (compensate !== undefined) this.saga.add({ step: unique, value, compensate, policy });
      return value as Value;
    });
  }

  all<const Calls extends Readonly<Record<string, BranchCall>>, const How extends Join = 'all'>(
    name: string,
    branches: Calls,
    options: { readonly join?: How | undefined } = {},
  ): Promise<Joined<Calls, How>> {
    return this.#operate('all', name, async (unique) => {
      checkKeys(`all "${name}"`, options, ['join']);
      const calls = Object.entries(branches);
      const join = checkJoin(`all "${name}"`, options.join ?? 'all', calls.length);
      const work = calls.map(([key, call]) => this.#branch(unique, key, call));
      const ends = await this.#branches(unique, { branches: work, join, concurrency: Infinity });
      const shown = [...ends].map(([key, end]) => [key, join === 'settled' ? end : valueOf(end)]);
      const wanted =
        join === 'settled' ? shown : shown.filter(([key]) => ends.get(key as string)?.ok);
      return Object.fromEntries(wanted) as Joined<Calls, How>;
    });
  }

  forEach<Item, Output>(
    name: string,
    items: readonly Item[],
    workflow: Workflow<Item, Output>,
    options: ForEachOptions = {},
  ): Promise<Output[]> {
    return this.#operate('forEach', name, async (unique) => {
      checkKeys(`forEach "${name}"`, options, ['concurrency']);
      const concurrency = checkCount(
        `forEach "${name}": concurrency`,
        options.concurrency ?? 10,
        true,
      );
      const branches = items.map((item, i) => this.#branch(unique, String(i), [workflow, item]));
      const ends = await this.#branches(unique, { branches, join: 'all', concurrency });
      return branches.map(({ key }) => valueOf(ends.get(key)!) as Output);
    });
  }

  waitFor<Value>(
    signal: string,
    options: { readonly timeout?: Duration | undefined } = {},
  ): Promise<Value | undefined> {
    // A signal has no number: each wait for the name takes the next that has come.
    checkName('waitFor', signal);
    return this.operations.run(`waitFor "${signal}"`, async () => {
      checkKeys(`waitFor "${signal}"`, options, ['timeout']);
      const { timeout = tenYearsMs } = options;
      const timeoutMs = toMs(`waitFor "${signal}": timeout`, timeout);
      const record = await this.#execution.rest(() => this.#journal.receive(signal, timeoutMs));
      if (record === undefined) return undefined;
      const value = readValue(`waitFor "${signal}"`, 'signal', record).open();
      // Undefined says that the time is over; a signal that came without a value has come.
      return (value === undefined ? null : value) as Value;
    });
  }

  sleep(duration: Duration): Promise<void> {
    return this.#operate('sleep', 'sleep', async (unique) => {
      const ms = toMs('sleep', duration);
      const record = await this.#journal.step(unique, () =>
        Promise.resolve(writeSleep(this.#execution.now() + ms)),
      );
      await this.#execution.restUntil(readSleep(unique, record));
    });
  }

  publish(key: string, value: unknown): Promise<void> {
    checkName('publish', key);
    return this.operations.run(`publish "${key}"`, async () => {
      const stored = store(`publish "${key}": the value`, value);
      await this.#journal.publish(key, writeValue('published', stored));
    });
  }

  patched(change: string): Promise<boolean> {
    checkName('patched', change);
    return this.operations.run(`patched "${change}"`, () => this.#journal.patched(change));
  }

  #step(name: string, fn: (step: StepInfo) => unknown, read: ReadStepOptions): Promise<unknown> {
    const { whenOpen, maxPark, policy } = read;
    const plan = planOf(policy);
    const idempotencyKey = `${this.runId}:${name}`;
    const work = { name, idempotencyKey, fn, plan, whenOpen, maxPark };
    return runStep(work, this.#journal, this.#execution);
  }

  #branch(name: string, key: string, [workflow, input]: BranchCall): Branch {
    checkName(`${name}: branch`, key);
    const definition = definitionOf(workflow);
    if (definition === undefined) throw bad(`${name}: "${key}" is not a workflow of this engine`);
    const id = `${this.runId}/${name}/${key}`;
    checkBranchId(`${name}: the branch "${key}"`, id);
    const stored = store(`${name}: the input of "${key}"`, input);
    return { key, id, workflow: definition.name, input, stored };
  }

  #branches(name: string, work: BranchesWork): Promise<Map<string, Settled<unknown>>> {
    return runBranches(name, work, { journal: this.#journal, execution: this.#execution });
  }

  #operate<T>(kind: string, name: string, operation: (unique: string) => Promise<T>): Promise<T> {
    checkName(kind, name);
    return this.operations.run(`${kind} "${name}"`, () => operation(this.#unique(name)));
  }

  /** The name, the first time that it is taken; after that, with the number of the time. */
  #unique(name: string): string {
    const times = (this.#names.get(name) ?? 0) + 1;
    this.#names.set(name, times);
    return times === 1 ? name : `${name}#${times}`;
  }
}

function valueOf(end: Settled<unknown>): unknown {
  return end.ok ? end.value : undefined;
}

function bad(message: string): WorkflowError {
  return new WorkflowError('ERR_DEFINITION', message);
}
