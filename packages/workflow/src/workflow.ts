import type { Definition } from './definition.ts';

/** What a run is started with. */
export interface StartOptions {
  /**
   * The run's id: a text of 1 to 400 characters without "/", which the ids of branches have. The same
   * id twice is one run. Default: a random one.
   */
  readonly id?: string | undefined;
}

/** Where a run stands. */
export type RunStatus =
  /** Waits for a worker, or for a free place in one. */
  | 'queued'
  | 'running'
  /** A step waits for its circuit. */
  | 'parked'
  /** A step waits for its next attempt. */
  | 'retrying'
  /** In `ctx.sleep`. */
  | 'sleeping'
  /** In `ctx.waitFor`, or waiting for its branches. */
  | 'waiting'
  | 'done'
  | 'failed'
  /** It failed, and all that it had done was undone. */
  | 'compensated'
  | 'cancelled';

/** A run: one execution of a workflow, however many processes it takes. */
export interface Run<Output> {
  readonly id: string;
  /** Waits for its end; gives what the workflow gave, or throws what it threw. */
  result(): Promise<Output>;
  /** Where it stands now. */
  status(): Promise<RunStatus>;
}

/** A workflow that can be started. */
export interface Workflow<Input, Output> {
  readonly name: string;
  /** Starts a run; resolves once it is on record, from where on no crash can lose it. */
  start(input: Input, options?: StartOptions): Promise<Run<Output>>;
}

const definitions = new WeakMap<object, Definition>();

/** Notes the definition behind a workflow. */
export function attachDefinition(workflow: object, definition: Definition): void {
  definitions.set(workflow, definition);
}

/** The definition behind what should be a workflow. */
export function definitionOf(workflow: unknown): Definition | undefined {
  return typeof workflow === 'object' && workflow !== null ? definitions.get(workflow) : undefined;
}
