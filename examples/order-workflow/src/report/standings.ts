import type { CircuitState } from '@highway/resilience';
import type { RunStatus } from '@highway/workflow';
import type { SecondFigures } from './side-tally.ts';

/** Where runs can stand, as the drill shows it, in the order in which they come to it. */
export const standings = ['waiting', 'running', 'parked', 'done', 'compensated', 'failed'] as const;

/** One of these. */
export type Standing = (typeof standings)[number];

const shownAs: Readonly<Record<RunStatus, Standing>> = {
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

/** How many runs stand where. */
export function standingsOf({ statuses }: SecondFigures): Readonly<Record<Standing, number>> {
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
