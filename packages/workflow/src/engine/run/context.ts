import type { Duration } from '@highway/resilience';
import type { Join, Settled } from '../children/join.ts';
import type { StepInfo, StepOptions } from '../step/step-options.ts';
import type { Workflow } from '../../workflow.ts';

/** A workflow, and the input of its child run. */
// The input is a function's parameter, so only `any` lets every workflow be a child.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type ChildCall = readonly [workflow: Workflow<any, unknown>, input: unknown];

/** The result of a child run. */
export type ChildOutput<Call extends ChildCall> =
  Call[0] extends Workflow<never, infer Output> ? Output : never;

/** The result of `ctx.all`, which depends on `join`. */
export type Joined<Calls extends Readonly<Record<string, ChildCall>>, How> = How extends 'settled'
  ? { [Key in keyof Calls]: Settled<ChildOutput<Calls[Key]>> }
  : How extends 'all'
    ? { [Key in keyof Calls]: ChildOutput<Calls[Key]> }
    : { [Key in keyof Calls]?: ChildOutput<Calls[Key]> };

/** Options of `ctx.forEach`. */
export interface ForEachOptions {
  /** How many child runs are under way at the same time. Default: 10. */
  readonly concurrency?: number | undefined;
}

/**
 * The durable operations of a workflow. The run's journal keeps the result of each operation, and a
 * replay returns the same results. So a workflow must request the same operations in the same order
 * every time: the order may depend only on the input and on earlier results. Await each operation before
 * you start the next one; starting a second one in the meantime throws an `OverlapError`.
 */
export interface Context {
  /** The id of the run. */
  readonly runId: string;
  /**
   * Runs a step. Once its result is on record, the step never runs again. Returns what `fn` returned,
   * as the journal restores it; throws what `fn` threw, with its name, message, code and properties, but
   * not its class.
   */
  step<Value>(
    name: string,
    fn: (step: StepInfo) => Value | Promise<Value>,
    options?: StepOptions<Value>,
  ): Promise<Value>;
  /**
   * Runs workflows in parallel, each as a child run, and waits for them. Returns their results by key,
   * and throws, as `join` says; by default, the first child run that fails ends the wait with its error.
   */
  all<const Calls extends Readonly<Record<string, ChildCall>>, const How extends Join = 'all'>(
    name: string,
    children: Calls,
    options?: { readonly join?: How | undefined },
  ): Promise<Joined<Calls, How>>;
  /**
   * Runs a workflow for each item as a child run; returns the results in the order of the items. The
   * first child run that fails ends the wait with its error.
   */
  forEach<Item, Output>(
    name: string,
    items: readonly Item[],
    workflow: Workflow<Item, Output>,
    options?: ForEachOptions,
  ): Promise<Output[]>;
  /**
   * Waits for a signal with this name and returns its value. Returns `undefined` only after the
   * timeout: a signal without a value, or with `undefined`, returns `null`.
   */
  waitFor<Value>(
    signal: string,
    options?: { readonly timeout?: Duration | undefined },
  ): Promise<Value | undefined>;
  /** Sleeps. Time in which no process runs counts too. */
  sleep(duration: Duration): Promise<void>;
  /** Publishes a value, which `runs.describe` shows. */
  publish(key: string, value: unknown): Promise<void>;
  /**
   * Whether the run may execute changed code: `true` for runs that reach this line for the first time
   * after the change. Lets open runs finish, without a new version of the workflow.
   */
  patched(change: string): Promise<boolean>;
}
