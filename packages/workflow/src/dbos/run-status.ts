import type { RunStatus } from '../workflow.ts';

/** What the database has of a run: its own state, and the last entry of its journal. */
export interface RunState {
  /** The state in DBOS. */
  readonly status: string;
  /** The name of the last entry, and the beginning of what it holds. */
  readonly lastName: string | undefined;
  readonly lastOutput: string | undefined;
  /** Whether the entry before it is there: a wait records its deadline first. */
  readonly hasPrevious: boolean;
  /** Whether what failed was undone. */
  readonly undone: boolean;
}

/** Where a run stands, and what its last entry says of that. */
export interface Standing {
  readonly status: RunStatus;
  readonly circuit?: string;
  readonly until?: Date;
}

/** The entry with the deadline of a wait for a signal. */
export const waitName = 'DBOS.sleep';

const waiting: Readonly<Record<string, RunStatus>> = {
  parked: 'parked',
  refused: 'parked',
  retrying: 'retrying',
  sleeping: 'sleeping',
};

/**
 * Reads where a run stands from the journal, so that nobody has to keep a record of it. `now` is in
 * epoch ms: a wait that is over is none.
 */
export function standingOf(run: RunState, now: number): Standing {
  const ended = endedStatus(run);
  if (ended !== undefined) return { status: ended };
  if (run.lastName === waitName && !run.hasPrevious) return { status: 'waiting' };
  return openStanding(run.lastOutput ?? '', now);
}

function endedStatus({ status, undone }: RunState): RunStatus | undefined {
  switch (status) {
    case 'SUCCESS':
      return 'done';
    case 'ERROR':
      return undone ? 'compensated' : 'failed';
    case 'CANCELLED':
      return 'cancelled';
    case 'MAX_RECOVERY_ATTEMPTS_EXCEEDED':
      return 'failed';
    case 'ENQUEUED':
    case 'DELAYED':
      return 'queued';
    default:
      return undefined;
  }
}

function openStanding(output: string, now: number): Standing {
  const state = /^\{"json":\{"state":"(\w+)"/.exec(output)?.[1] ?? '';
  const status = waiting[state];
  if (status === undefined) return { status: 'running' };
  const until = Number(/^\{"json":\{"state":"\w+","until":(\d+)/.exec(output)?.[1] ?? 0);
  if (status === 'parked') {
    const circuit = /^\{"json":\{"state":"parked","circuit":("(?:[^"\\]|\\.)*")/.exec(output)?.[1];
    return { status, circuit: circuit === undefined ? '' : (JSON.parse(circuit) as string) };
  }
  // Counts leave the time out.
  if (until === 0) return { status };
  return until > now ? { status, until: new Date(until) } : { status: 'running' };
}

/** The beginning of the last entry of runs parked on a circuit. */
export function parkedOn(circuit: string): string {
  return `{"json":{"state":"parked","circuit":${JSON.stringify(circuit)},`;
}
