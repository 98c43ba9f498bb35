import type { RunCounts, RunSummary } from '../../runs.ts';
import type { RunStatus } from '../../workflow.ts';
import { duration } from './durations.ts';
import type { Paint, Shade } from './paint.ts';
import { table } from './table.ts';
import type { Row } from './table.ts';
import { oneLine } from './texts.ts';

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

/** Every status that a run can have. */
export const statuses: readonly RunStatus[] = Object.keys(shades) as RunStatus[];

/** How the status of a run looks. */
export function shadeOf(status: RunStatus): Shade {
  return shades[status];
}

/** Where a run stands: its status, and what it waits for. */
export function standing({ status, circuit, until }: RunSummary, now: number): string {
  const on = circuit === undefined || circuit === '' ? '' : ` on ${oneLine(circuit)}`;
  const left = until === undefined ? '' : `, ${duration(until.getTime() - now)} left`;
  return `${status}${on}${left}`;
}

/** Runs, one a line. */
export function runTable(runs: readonly RunSummary[], now: number, paint: Paint): string {
  const rows = runs.map((run): Row => {
    const took = (run.endedAt?.getTime() ?? now) - run.createdAt.getTime();
    return [
      oneLine(run.id),
      oneLine(run.workflow),
      { text: standing(run, now), shade: shadeOf(run.status) },
      oneLine((run.step ?? '').replace(/^undo\//, 'undo ')),
      duration(took),
      oneLine(run.version),
      oneLine(run.executor ?? ''),
    ];
  });
  return table(['RUN', 'WORKFLOW', 'STATUS', 'STEP', 'AGE', 'VERSION', 'EXECUTOR'], rows, paint);
}

/** How many runs stand where. */
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
