import type { CircuitState } from '@highway/resilience';
import type { RunStatus } from '@highway/workflow';
import type { SecondFigures } from './side-tally.ts';

/** The statuses that the drill shows, in the order of a run. */
export const shownStatuses = [
  'waiting',
  'running',
  'parked',
  'done',
  'compensated',
  'failed',
] as const;

/** One of these. */
export type ShownStatus = (typeof shownStatuses)[number];

const shownAs: Readonly<Record<RunStatus, ShownStatus>> = {
  queued: 'waiting',
  running: 'running',
  parked: 'parked',
  retrying: 'running',
  sleeping: 'running',
  waiting: 'running',
  done: 'done',
  compensated: 'compensated',
  failed: 'failed',
  cancelled: 'failed',
};

/** Run counts by status. */
export function statusCounts({ statuses }: SecondFigures): Readonly<Record<ShownStatus, number>> {
  const counts = { waiting: 0, running: 0, parked: 0, done: 0, compensated: 0, failed: 0 };
  for (const [status, count] of Object.entries(statuses)) {
    counts[shownAs[status as RunStatus]] += count;
  }
  return counts;
}

/** The circuits on which runs are parked. */
export function parkedOn({ circuits }: SecondFigures): string {
  return Object.keys(circuits)
    .map((circuit) => (circuit === '' ? 'unnamed' : circuit))
    .join(', ');
}

/** All calls to the payment service in a second. */
export function callsOf({ calls }: SecondFigures): number {
  return calls.ok + calls.down + calls.overloaded;
}

/** A circuit's state, as people read it. */
export function circuitName(state: CircuitState): string {
  return state.toLowerCase().replace('_', '-');
}
