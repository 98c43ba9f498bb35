import { writeFileSync } from 'node:fs';
import { listenForEnd, print } from '@highway-examples/drill-kit';
import { drillFleets } from './fleet/fleet-drill.ts';
import { drillGroups } from './group-drill.ts';
import { readCommandLine } from './options.ts';
import type { DrillOptions } from './options.ts';

const command = readCommandLine(process.argv.slice(2));
if (command.type === 'run') {
  await main(command.options);
} else {
  const stream = command.type === 'help' ? process.stdout : process.stderr;
  stream.write(command.text);
  process.exitCode = command.type === 'help' ? 0 : 2;
}

async function main(options: DrillOptions): Promise<void> {
  const end = listenForEnd();
  try {
    print([`${intent(options)} Ctrl-C ends it early.`]);
    const drill = options.fleet === undefined ? drillGroups : drillFleets;
    const { lines, results } = await drill(options, end.signal);
    print(lines);
    if (options.json !== undefined) {
      writeFileSync(options.json, `${JSON.stringify(results, null, 2)}\n`);
      print([`All figures: ${options.json}`]);
    }
    process.exitCode = end.exitCode;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  } finally {
    end.stopListening();
  }
}

function intent({ seconds, rate, seed, url, fleet }: DrillOptions): string {
  if (url !== undefined) return `GET ${url.href}, ${rate} calls/s for ${seconds} s.`;
  const from = fleet === undefined ? 'each group' : `each fleet of ${fleet}`;
  return `An outage in ${seconds} s, ${rate} calls/s from ${from}, seed ${seed}.`;
}
