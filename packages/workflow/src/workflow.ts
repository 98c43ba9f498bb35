/** Options of `workflow.start`. */
export interface StartOptions {
  /**
   * The run's id: a string of 1 to 400 characters without "/", which only the ids of child runs
   * have. Starting the same id twice starts one run. Default: a random id.
   */
  readonly id?: string | undefined;
}

/** The status of a run. */
export type RunStatus =
  /** Waits for a worker, or for a free slot in one. */
  | 'queued'
  | 'running'
  /** A step waits for its circuit. */
  | 'parked'
  /** A step waits for its next attempt. */
  | 'retrying'
  /** In `ctx.sleep`. */
  | 'sleeping'
  /** In `ctx.waitFor`, or waiting for its child runs. */
  | 'waiting'
  | 'done'
  | 'failed'
  /** Failed, and all of its steps that needed compensation have been compensated. */
  | 'compensated'
  | 'cancelled';

/** A run: one execution of a workflow, from start to end, across crashes and workers. */
export interface Run<Output> {
  readonly id: string;
  /** Waits for the end of the run; returns the workflow's result, or throws its error. */
  result(): Promise<Output>;
  /** The run's current status. */
  status(): Promise<RunStatus>;
}

/** A workflow that can be started. */
export interface Workflow<Input, Output> {
  readonly name: string;
  /**
   * Starts a run. Once the promise resolves, the run is on record, and no crash loses it. Rejects
   * with `ERR_RUN_EXISTS` if the id belongs to a run of another workflow or application.
   */
  start(input: Input, options?: StartOptions): Promise<Run<Output>>;
}
