import { toMs } from '@highway/resilience';
import type { Duration } from '@highway/resilience';
import { WorkflowError } from '../../errors.ts';
import { checkChildRunId, checkCount, checkKeys, checkName } from '../../option-checks.ts';
import { definitionOf } from '../../definition.ts';
import type { Workflow } from '../../workflow.ts';
import { runChildren } from '../children/child-runs.ts';
import type { ChildRun, ChildRunsRequest } from '../children/child-runs.ts';
import { checkJoin } from '../children/join.ts';
import type { Join, Settled } from '../children/join.ts';
import type { Journal } from '../journal/journal.ts';
import { readSleep, readValue, writeSleep, writeValue } from '../records/records.ts';
import { storeValue } from '../records/stored-value.ts';
import { runStep } from '../step/durable-step.ts';
import { planOf } from '../step/plan.ts';
import { readStepOptions } from '../step/step-options.ts';
import type { ReadStepOptions, StepInfo, StepOptions } from '../step/step-options.ts';
import type { ChildCall, Context, ForEachOptions, Joined } from './context.ts';
import type { Execution } from './execution.ts';
import { Operations } from './operations.ts';
import { Saga } from './saga.ts';

const tenYearsMs = 315_360_000_000;

/** The `ctx` of a run: validates the operations, and executes them through the journal. */
export class RunContext implements Context {
  readonly operations: Operations = new Operations();
  readonly saga: Saga;
  readonly #journal: Journal;
  readonly #execution: Execution;
  /** How often each name has been used: in a loop, it gets a number. */
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
      if (typeof fn !== 'function') {
        throw invalid(`step "${name}": expected a function as the second argument`);
      }
      const read = readStepOptions(name, options);
      const value = await this.#step(unique, fn, read);
      const { compensate, policy } = read;
      if (compensate !== undefined) this.saga.add({ step: unique, value, compensate, policy });
      return value as Value;
    });
  }

  all<const Calls extends Readonly<Record<string, ChildCall>>, const How extends Join = 'all'>(
    name: string,
    children: Calls,
    options: { readonly join?: How | undefined } = {},
  ): Promise<Joined<Calls, How>> {
    return this.#operate('all', name, async (unique) => {
      checkKeys(`all "${name}"`, options, ['join']);
      const calls = Object.entries(children);
      const join = checkJoin(`all "${name}"`, options.join ?? 'all', calls.length);
      const runs = calls.map(([key, call]) => this.#child(unique, key, call));
      const outcomes = await this.#children(unique, {
        children: runs,
        join,
        concurrency: Infinity,
      });
      const isSettled = join === 'settled';
      const results = [...outcomes]
        .filter(([, outcome]) => isSettled || outcome.ok)
        .map(([key, outcome]) => [key, isSettled ? outcome : valueOf(outcome)]);
      return Object.fromEntries(results) as Joined<Calls, How>;
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
      const children = items.map((item, i) => this.#child(unique, String(i), [workflow, item]));
      const outcomes = await this.#children(unique, { children, join: 'all', concurrency });
      return children.map(({ key }) => valueOf(outcomes.get(key)!) as Output);
    });
  }

  waitFor<Value>(
    signal: string,
    options: { readonly timeout?: Duration | undefined } = {},
  ): Promise<Value | undefined> {
    // A signal's name gets no number: each wait takes the next signal of that name.
    checkName('waitFor', signal);
    return this.operations.run(`waitFor "${signal}"`, async () => {
      checkKeys(`waitFor "${signal}"`, options, ['timeout']);
      const { timeout = tenYearsMs } = options;
      const timeoutMs = toMs(`waitFor "${signal}": timeout`, timeout);
      const record = await this.#execution.wait(() => this.#journal.receive(signal, timeoutMs));
      if (record === undefined) return undefined;
      const value = readValue(`waitFor "${signal}"`, 'signal', record).decode();
      // Undefined means a timeout, so a signal without a value returns null.
      return (value === undefined ? null : value) as Value;
    });
  }

  sleep(duration: Duration): Promise<void> {
    return this.#operate('sleep', 'sleep', async (unique) => {
      const ms = toMs('sleep', duration);
      const record = await this.#journal.step(unique, () =>
        Promise.resolve(writeSleep(this.#execution.now() + ms)),
      );
      await this.#execution.sleepUntil(readSleep(unique, record));
    });
  }

  publish(key: string, value: unknown): Promise<void> {
    checkName('publish', key);
    return this.operations.run(`publish "${key}"`, async () => {
      const stored = storeValue(`publish "${key}": the value`, value);
      await this.#journal.publish(key, writeValue('published', stored));
    });
  }

  patched(change: string): Promise<boolean> {
    checkName('patched', change);
    return this.operations.run(`patched "${change}"`, () => this.#journal.patched(change));
  }

  #step(name: string, fn: (step: StepInfo) => unknown, read: ReadStepOptions): Promise<unknown> {
    const { whenOpen, maxParkMs, policy } = read;
    const plan = planOf(policy);
    const idempotencyKey = `${this.runId}:${name}`;
    const step = { name, idempotencyKey, fn, plan, whenOpen, maxParkMs };
    return runStep(step, this.#journal, this.#execution);
  }

  #child(name: string, key: string, [workflow, input]: ChildCall): ChildRun {
    checkName(`${name}: key of a child run`, key);
    const definition = definitionOf(workflow);
    if (definition === undefined)
      throw invalid(`${name}: "${key}": expected a workflow that highway.workflow() returned`);
    const id = `${this.runId}/${name}/${key}`;
    checkChildRunId(`${name}: the child run "${key}"`, id);
    const stored = storeValue(`${name}: the input of "${key}"`, input);
    return { key, id, workflow: definition.name, input, stored };
  }

  #children(name: string, request: ChildRunsRequest): Promise<Map<string, Settled<unknown>>> {
    return runChildren(name, request, { journal: this.#journal, execution: this.#execution });
  }

  #operate<T>(kind: string, name: string, operation: (unique: string) => Promise<T>): Promise<T> {
    checkName(kind, name);
    return this.operations.run(`${kind} "${name}"`, () => operation(this.#unique(name)));
  }

  /** The name itself the first time, and with a number from the second time on. */
  #unique(name: string): string {
    const times = (this.#names.get(name) ?? 0) + 1;
    this.#names.set(name, times);
    return times === 1 ? name : `${name}#${times}`;
  }
}

function valueOf(outcome: Settled<unknown>): unknown {
  return outcome.ok ? outcome.value : undefined;
}

function invalid(message: string): WorkflowError {
  return new WorkflowError('ERR_DEFINITION', message);
}
