import type { RunStatus } from './workflow.ts';

/** A run, as a list shows it. */
export interface RunSummary {
  readonly id: string;
  readonly workflow: string;
  readonly status: RunStatus;
  /** The step that it has come to, where it has come to one. */
  readonly step?: string | undefined;
  /** The circuit that a parked step waits for; empty where that has no name. */
  readonly circuit?: string | undefined;
  /** Until when it waits: for its next attempt, or in its sleep. */
  readonly until?: Date | undefined;
  /** The code that executes it: the version of its workflow. */
  readonly version: string;
  /** The executor that has it, or had it last. */
  readonly executor?: string | undefined;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly endedAt?: Date | undefined;
  /** The run of which it is a branch. */
  readonly parent?: string | undefined;
}

/** How many runs stand where. */
export interface RunCounts {
  /** By status; one that no run has is missing. */
  readonly statuses: Readonly<Partial<Record<RunStatus, number>>>;
  /** How many are parked on each circuit, by its name. */
  readonly circuits: Readonly<Record<string, number>>;
}

/** Which runs to list. */
export interface RunFilter {
  readonly status?: RunStatus | readonly RunStatus[] | undefined;
  /** Runs parked on the circuit of this name. */
  readonly circuit?: string | undefined;
  readonly workflow?: string | undefined;
  readonly version?: string | undefined;
  /** The runs that are branches of this one. */
  readonly parent?: string | undefined;
  /** How many at most, the newest first; `Infinity` for all. Default: 100. */
  readonly limit?: number | undefined;
}

/** One entry of a step: an attempt, or a time that it was parked. */
export interface StepEntry {
  readonly state: 'done' | 'failed' | 'retrying' | 'parked' | 'refused';
  /** Which attempt it was; of one that was parked, the attempt that it waited with. */
  readonly attempt: number;
  readonly at: Date;
  /** How long the call took, in ms. */
  readonly ms: number;
  readonly error?: unknown;
  readonly circuit?: string | undefined;
  /** When the next attempt was to be, at the earliest. */
  readonly until?: Date | undefined;
}

/** A step of a run. */
export interface StepDescription {
  readonly name: string;
  readonly kind:
    'step' | 'undo' | 'sleep' | 'branches' | 'waitFor' | 'publish' | 'patched' | 'other';
  /** Its place in the journal, and that of its last entry. */
  readonly first: number;
  readonly last: number;
  /** Attempts, and times that it was parked; of steps and of their undoing. */
  readonly entries: readonly StepEntry[];
  /** What it gave, where it is done. */
  readonly value?: unknown;
  readonly startedAt?: Date | undefined;
  readonly endedAt?: Date | undefined;
}

/** A run, with all that is known of it. */
export interface RunDescription extends RunSummary {
  readonly input: unknown;
  readonly output?: unknown;
  readonly error?: unknown;
  /** The steps that were undone, newest first. */
  readonly undone: readonly string[];
  readonly steps: readonly StepDescription[];
  readonly branches: readonly RunSummary[];
  /** What it published, by key. */
  readonly published: Readonly<Record<string, unknown>>;
}
