import { print, runWithView } from '@highway-examples/drill-kit';
import type { DrillReport } from '@highway-examples/drill-kit';
import { Drill } from '../drill.ts';
import type { DrillOptions } from '../options.ts';
import { warningsOn } from '../report/verdict.ts';
import { fleetDisplay } from './fleet-display.ts';
import { fleetResultsOf } from './fleet-results.ts';
import { fleetScenes } from './fleet-scenes.ts';
import { renderFleetTable } from './fleet-table.ts';
import { fleetVerdict, fleetWarnings } from './fleet-verdict.ts';
import { provideStore } from './provide-store.ts';

/** Compares a fleet that shares one circuit with a fleet whose processes have one each. */
export async function drillFleets(
  options: DrillOptions,
  processes: number,
  signal: AbortSignal,
): Promise<DrillReport> {
  await using store = await provideStore(options);
  print([`One fleet shares its circuit through ${store.title}.`]);
  const scenes = fleetScenes(options, processes, store.location);
  const tallies = scenes.map(({ tally }) => tally);
  const display = fleetDisplay(tallies, options);
  const elapsed = await runWithView(new Drill(scenes), display, signal);
  const results = fleetResultsOf({ ...options, store: store.location.kind }, tallies, elapsed);
  const lines = [
    '',
    renderFleetTable(results),
    '',
    ...fleetVerdict(results),
    ...warningsOn(results),
    ...fleetWarnings(results),
  ];
  return { lines, results };
}
