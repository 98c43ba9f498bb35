import type { RunCounts, RunSummary } from '../../client/run-types.ts';
import type { RunStatus } from '../../workflow.ts';
import { compensatedStep } from '../../engine/records/entry-names.ts';
import { duration } from './durations.ts';
import type { Paint, Shade } from './paint.ts';
import { table } from './table.ts';
import type { Row } from './table.ts';
import { oneLine } from './format.ts';

const shades = {
  queued: 'dim',
  running: 'busy',
  parked: 'wait',
  retrying: 'wait',
  sleeping: 'busy',
  waiting: 'busy',
  done: 'good',
  failed: 'bad',
  compensated: 'wait',
  cancelled: 'dim',
} as const satisfies Record<RunStatus, Shade>;

/** All statuses of runs. */
export const statuses: readonly RunStatus[] = Object.keys(shades) as RunStatus[];

/** The colour of a status. */
export function shadeOf(status: RunStatus): Shade {
  return shades[status];
}

/** The status of a run, and what it waits for. */
export function statusLine({ status, circuit, until }: RunSummary, now: number): string {
  const on = circuit === undefined || circuit === '' ? '' : ` on ${oneLine(circuit)}`;
  const left = until === undefined ? '' : `, ${duration(until.getTime() - now)} left`;
  return `${status}${on}${left}`;
}

/** A table of runs, one for each line. */
export function runTable(runs: readonly RunSummary[], now: number, paint: Paint): string {
  const rows = runs.map((run): Row => {
    const took = (run.endedAt?.getTime() ?? now) - run.createdAt.getTime();
    return [
      oneLine(run.id),
      oneLine(run.workflow),
      { text: statusLine(run, now), shade: shadeOf(run.status) },
      oneLine(stepTitle(run.step ?? '')),
      duration(took),
      oneLine(run.version),
      oneLine(run.executor ?? ''),
    ];
  });
  return table(
    ['RUN', 'WORKFLOW', 'STATUS', 'STEP', 'DURATION', 'VERSION', 'EXECUTOR'],
    rows,
    paint,
  );
}

/** The name of a step, or of a compensation. */
export function stepTitle(name: string): string {
  const step = compensatedStep(name);
  return step === undefined ? name : `compensate ${step}`;
}

/** Run counts by status. */
export function countTable(counts: RunCounts, paint: Paint): string {
  const rows = statuses.flatMap((status): Row[] => {
    const runs = counts.statuses[status];
    if (runs === undefined) return [];
    const row: Row = [{ text: status, shade: shadeOf(status) }, String(runs)];
    if (status !== 'parked') return [row];
    const parked = Object.entries(counts.circuits).map(([circuit, on]): Row => {
      return [`  on ${circuit === '' ? 'a circuit without a name' : oneLine(circuit)}`, String(on)];
    });
    return [row, ...parked];
  });
  return rows.length === 0 ? 'No runs' : table(['STATUS', 'RUNS'], rows, paint);
}
