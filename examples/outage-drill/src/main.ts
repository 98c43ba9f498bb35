import { drillMain, print } from '@highway-examples/drill-kit';
import type { DrillReport } from '@highway-examples/drill-kit';
import { drillFleets } from './fleet/fleet-drill.ts';
import { drillGroups } from './group-drill.ts';
import { readCommandLine } from './options.ts';
import type { DrillOptions } from './options.ts';

await drillMain(readCommandLine(process.argv.slice(2)), play);

function play(options: DrillOptions, signal: AbortSignal): Promise<DrillReport> {
  print([`${intent(options)} Ctrl-C ends it early.`]);
  const { fleet } = options;
  return fleet === undefined ? drillGroups(options, signal) : drillFleets(options, fleet, signal);
}

function intent({ seconds, rate, seed, url, fleet }: DrillOptions): string {
  if (url !== undefined) return `GET ${url.href}, ${rate} calls/s for ${seconds} s.`;
  const from = fleet === undefined ? 'each group' : `each fleet of ${fleet}`;
  return `A scripted outage, ${seconds} s, ${rate} calls/s from ${from}, seed ${seed}.`;
}
