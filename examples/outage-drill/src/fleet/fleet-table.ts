import { count, sideBySide, time, timeUntil } from '@highway-examples/drill-kit';
import { phaseNamed } from '../service/script.ts';
import type { PhaseName } from '../service/script.ts';
import type { FleetGroupResults, FleetResults } from './fleet-results.ts';

interface Row {
  readonly label: string;
  readonly cell: (group: FleetGroupResults, results: FleetResults) => string;
}

const rows: readonly Row[] = [
  {
    label: 'Requests during the outage',
    cell: ({ figures }) => count(figures.script?.requestsInOutage ?? 0),
  },
  { label: '  of which trial calls', cell: ({ fleet }) => count(fleet.trialCallsInOutage) },
  {
    label: 'First process rejects after',
    cell: ({ fleet }, results) => timeUntil(fleet.firstRejectsAfter, waited('outage', results)),
  },
  {
    label: 'Last process rejects after',
    cell: ({ fleet }, results) => timeUntil(fleet.allRejectAfter, waited('outage', results)),
  },
  { label: 'Trial calls after the outage', cell: ({ fleet }) => count(fleet.trialCallsInRecovery) },
  {
    label: 'Last process closes after',
    cell: ({ fleet }, results) => timeUntil(fleet.allClosedAfter, waited('recovery', results)),
  },
  { label: 'Calls', cell: ({ figures }) => count(figures.calls) },
  { label: 'Failed calls', cell: ({ figures }) => count(figures.failed) },
  {
    label: '  of which after the outage',
    cell: ({ figures }) => count(figures.script?.failedAfterRecovery ?? 0),
  },
  {
    label: 'Total time to failure',
    cell: ({ figures }) => time(figures.failed === 0 ? undefined : figures.waitForFailure.total),
  },
  {
    label: 'Relapses under load',
    cell: ({ figures }) => count(figures.script?.relapses ?? 0),
  },
  {
    label: 'Calls succeed again after',
    cell: ({ figures }, results) =>
      timeUntil(figures.script?.recoveredAfter ?? null, waited('recovery', results)),
  },
];

/** The table that compares both fleets. */
export function renderFleetTable(results: FleetResults): string {
  const { groups } = results;
  return sideBySide(
    groups.map(({ title }) => title),
    rows.map(({ label, cell }) => [label, ...groups.map((group) => cell(group, results))]),
  );
}

/** How much of a phase the drill covered, in ms. */
function waited(name: PhaseName, { phases, endedAt }: FleetResults): number {
  const { from, to } = phaseNamed(phases, name);
  return Math.min(endedAt, to) - from;
}
