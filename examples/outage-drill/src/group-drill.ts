import { runWithView } from '@highway-examples/drill-kit';
import type { Display, DrillReport } from '@highway-examples/drill-kit';
import { Drill } from './drill.ts';
import type { DrillOptions } from './options.ts';
import { frameWidth } from './report/chart-rows.ts';
import type { GroupTally } from './report/group-tally.ts';
import { renderFrame } from './report/live-frame.ts';
import { groupLines } from './report/plain-lines.ts';
import { resultsOf } from './report/results.ts';
import { renderTable } from './report/table.ts';
import { verdict, warningsOn } from './report/verdict.ts';
import { groupScenes } from './scene.ts';
import { phasesOf } from './service/script.ts';

/** Compares the groups of callers, each in its own process. */
export async function drillGroups(
  options: DrillOptions,
  signal: AbortSignal,
): Promise<DrillReport> {
  const scenes = groupScenes(options);
  const tallies = scenes.map(({ tally }) => tally);
  const display = displayOf(options, tallies);
  const elapsed = await runWithView(new Drill(scenes), display, signal);
  const results = resultsOf(options, tallies, elapsed);
  const lines = ['', renderTable(results), '', ...verdict(results), ...warningsOn(results)];
  return { lines, results };
}

function displayOf(options: DrillOptions, tallies: readonly GroupTally[]): Display {
  const { seconds, rate, url } = options;
  const phases = url === undefined ? phasesOf(seconds) : [];
  return {
    seconds,
    frameWidth,
    frame: (elapsed, width) => renderFrame({ tallies, elapsed, seconds, rate, phases, width }),
    ...groupLines(tallies, phases),
  };
}
