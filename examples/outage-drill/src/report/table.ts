import { count, sideBySide, time, timeUntil } from '@highway-examples/drill-kit';
import type { GroupFigures, ScriptFigures } from './figures.ts';
import type { DrillResults } from './results.ts';

interface Row {
  readonly label: string;
  readonly cell: (figures: GroupFigures, results: DrillResults) => string;
}

const commonRows: readonly Row[] = [
  { label: 'Calls', cell: ({ calls }) => count(calls) },
  { label: 'Failed calls', cell: ({ failed }) => count(failed) },
];

const waitRows: readonly Row[] = [
  { label: 'Time to failure, p50', cell: (figures) => time(figures.waitForFailure.p50) },
  { label: 'Time to failure, p99', cell: (figures) => time(figures.waitForFailure.p99) },
  { label: 'Total time to failure', cell: allWaits },
];

const scriptRows: readonly Row[] = [
  scriptRow('Requests during the outage', ({ requestsInOutage }) => count(requestsInOutage)),
  ...waitRows,
  ...commonRows,
  scriptRow('  of which after the outage', ({ failedAfterRecovery }) => count(failedAfterRecovery)),
  scriptRow('Time to success while slow, p99', ({ slow }) => time(slow.p99)),
  scriptRow('Relapses under load', ({ relapses }) => count(relapses)),
  scriptRow('Calls succeed again after', recovery),
];

const endpointRows: readonly Row[] = [
  ...commonRows,
  {
    label: '  of which rejected by the circuit',
    cell: ({ failures }) => count(failures.rejected ?? 0),
  },
  { label: 'Time to success, p50', cell: (figures) => time(figures.waitForSuccess.p50) },
  { label: 'Time to success, p99', cell: (figures) => time(figures.waitForSuccess.p99) },
  ...waitRows,
  { label: 'Requests sent', cell: ({ requests }) => count(requests) },
  { label: 'Answers', cell: answers },
  { label: 'Circuit opened', cell: ({ circuitOpened }) => `${count(circuitOpened)} ×` },
];

/** The table that compares all groups. */
export function renderTable(results: DrillResults): string {
  const { groups, url } = results;
  return sideBySide(
    groups.map(({ title }) => title),
    (url === null ? scriptRows : endpointRows).map(({ label, cell }) => [
      label,
      ...groups.map(({ figures }) => cell(figures, results)),
    ]),
  );
}

function allWaits({ failed, waitForFailure }: GroupFigures): string {
  return time(failed === 0 ? undefined : waitForFailure.total);
}

function scriptRow(
  label: string,
  cell: (script: ScriptFigures, results: DrillResults) => string,
): Row {
  return {
    label,
    cell: ({ script }, results) => (script === undefined ? '–' : cell(script, results)),
  };
}

function recovery({ recoveredAfter }: ScriptFigures, { phases, endedAt }: DrillResults): string {
  return timeUntil(recoveredAfter, endedAt - (phases.at(-1)?.from ?? endedAt));
}

function answers({ answers }: GroupFigures): string {
  const entries = Object.entries(answers).map(
    ([answer, times]) => `${answer}: ${count(times ?? 0)}`,
  );
  return entries.length === 0 ? '–' : entries.join('\n');
}
