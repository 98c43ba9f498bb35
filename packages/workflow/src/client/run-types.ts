import type { RunStatus } from '../workflow.ts';

/** A run, as a list shows it. */
export interface RunSummary {
  readonly id: string;
  readonly workflow: string;
  readonly status: RunStatus;
  /** The step that the run has reached; missing before the first one. */
  readonly step?: string | undefined;
  /** The circuit that a parked step waits for; empty if the circuit has no name. */
  readonly circuit?: string | undefined;
  /** When the run's next attempt is due, or its sleep ends. */
  readonly until?: Date | undefined;
  /** The version of its workflow that executes the run. */
  readonly version: string;
  /** The executor that has the run, or had it last. */
  readonly executor?: string | undefined;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly endedAt?: Date | undefined;
  /** The run that started this one as a child. */
  readonly parent?: string | undefined;
}

/** Run counts by status. */
export interface RunCounts {
  /** How many runs have each status; a status that no run has is missing. */
  readonly statuses: Readonly<Partial<Record<RunStatus, number>>>;
  /** How many runs are parked on each circuit, by the circuit's name. */
  readonly circuits: Readonly<Record<string, number>>;
}

/** Which runs to list. */
export interface RunFilter {
  readonly status?: RunStatus | readonly RunStatus[] | undefined;
  /** Only runs that are parked on the circuit of this name. */
  readonly circuit?: string | undefined;
  readonly workflow?: string | undefined;
  readonly version?: string | undefined;
  /** Only child runs of this run. */
  readonly parent?: string | undefined;
  /** At most this many, newest first; `Infinity` for all. Default: 100. */
  readonly limit?: number | undefined;
}

/** One journal entry of a step: an attempt, a park, or a rejection by a policy. */
export interface StepEntry {
  readonly state: 'done' | 'failed' | 'retrying' | 'parked' | 'rejected';
  /**
   * The number of the attempt, from 1. A park or a rejection uses up no attempt, and has the next
   * one's number.
   */
  readonly attempt: number;
  readonly at: Date;
  /** How long the attempt took, in ms. */
  readonly ms: number;
  readonly error?: unknown;
  readonly circuit?: string | undefined;
  /** The earliest time of the next attempt. */
  readonly until?: Date | undefined;
}

/** A step of a run, or another operation of its `ctx`. */
export interface StepDescription {
  readonly name: string;
  readonly kind:
    'step' | 'compensation' | 'sleep' | 'children' | 'waitFor' | 'publish' | 'patched' | 'other';
  /** The position of its first entry in the journal. */
  readonly first: number;
  /** The position of its last entry in the journal. */
  readonly last: number;
  /** The entries of a step or a compensation; empty for other kinds. */
  readonly entries: readonly StepEntry[];
  /** The result, once the step is done. */
  readonly value?: unknown;
  readonly startedAt?: Date | undefined;
  readonly endedAt?: Date | undefined;
}

/** Everything that the database knows about a run. */
export interface RunDescription extends RunSummary {
  readonly input: unknown;
  readonly output?: unknown;
  readonly error?: unknown;
  /** The steps that have been compensated, newest first. */
  readonly compensated: readonly string[];
  readonly steps: readonly StepDescription[];
  /** The runs that this one started with `ctx.all` or `ctx.forEach`. */
  readonly children: readonly RunSummary[];
  /** The values that the run has published, by key. */
  readonly published: Readonly<Record<string, unknown>>;
}

/** Options of `runs.resume` and `runs.retryFrom`. */
export interface ResumeOptions {
  /** The version of the workflow that continues the run. Default: the run's own. */
  readonly version?: string | undefined;
}
