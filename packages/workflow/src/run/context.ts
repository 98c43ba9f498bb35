import type { Duration } from '@highway/resilience';
import type { Join, Settled } from '../branches/join.ts';
import type { StepInfo, StepOptions } from '../step/step-options.ts';
import type { Workflow } from '../workflow.ts';

/** A workflow, and what its run is started with. */
// The input stands in a function's parameter, so that any workflow is a branch.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type BranchCall = readonly [workflow: Workflow<any, unknown>, input: unknown];

/** What the workflow of a branch gives. */
export type BranchOutput<Call extends BranchCall> =
  Call[0] extends Workflow<never, infer Output> ? Output : never;

/** What `ctx.all` gives: depends on which branches have to succeed. */
export type Joined<Calls extends Readonly<Record<string, BranchCall>>, How> = How extends 'settled'
  ? { [Key in keyof Calls]: Settled<BranchOutput<Calls[Key]>> }
  : How extends 'all'
    ? { [Key in keyof Calls]: BranchOutput<Calls[Key]> }
    : { [Key in keyof Calls]?: BranchOutput<Calls[Key]> };

/** Options of `ctx.forEach`. */
export interface ForEachOptions {
  /** How many items are worked on at once. Default: 10. */
  readonly concurrency?: number | undefined;
}

/**
 * What a workflow does things with. Each operation is kept in the run's journal, and gives the same
 * again on a replay; so they have to be asked for one after the other, in an order that follows from
 * the input and from what they gave. A second one while one is running throws an `OverlapError`.
 */
export interface Context {
  /** The id of the run. */
  readonly runId: string;
  /**
   * Runs a step: once it is on record it never runs again. Gives what `fn` gave, as the journal gives
   * it back; throws what `fn` threw, with its name, message, code and properties, but not its class.
   */
  step<Value>(
    name: string,
    fn: (step: StepInfo) => Value | Promise<Value>,
    options?: StepOptions<Value>,
  ): Promise<Value>;
  /** Runs workflows side by side, each a run of its own, and waits for them. */
  all<const Calls extends Readonly<Record<string, BranchCall>>, const How extends Join = 'all'>(
    name: string,
    branches: Calls,
    options?: { readonly join?: How | undefined },
  ): Promise<Joined<Calls, How>>;
  /** Runs a workflow for each item, and gives what they gave, in the order of the items. */
  forEach<Item, Output>(
    name: string,
    items: readonly Item[],
    workflow: Workflow<Item, Output>,
    options?: ForEachOptions,
  ): Promise<Output[]>;
  /**
   * Waits for a signal of that name, and gives its value; `undefined` once the time is over, and only
   * then: a signal that was sent without a value, or with `undefined`, gives `null`.
   */
  waitFor<Value>(
    signal: string,
    options?: { readonly timeout?: Duration | undefined },
  ): Promise<Value | undefined>;
  /** Waits; the time goes on while no process runs. */
  sleep(duration: Duration): Promise<void>;
  /** Shows a value to those who look at the run. */
  publish(key: string, value: unknown): Promise<void>;
  /**
   * Whether the run may take code that has been changed: true for runs that came to this place for
   * the first time since the change. Lets runs that are under way finish on the same version.
   */
  patched(change: string): Promise<boolean>;
}
