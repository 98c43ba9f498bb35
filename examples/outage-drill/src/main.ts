import { writeFileSync } from 'node:fs';
import { Drill } from './drill.ts';
import { listenForEnd } from './end-signals.ts';
import { readCommandLine } from './options.ts';
import type { DrillOptions } from './options.ts';
import { resultsOf } from './report/results.ts';
import type { DrillResults } from './report/results.ts';
import { renderTable } from './report/table.ts';
import { verdict, warningsOn } from './report/verdict.ts';
import { viewFor } from './report/views.ts';
import { phasesOf } from './service/script.ts';

const updateEveryMs = 200;

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
    const results = await play(options, end.signal);
    print(['', renderTable(results), '', ...verdict(results), ...warningsOn(results)]);
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

/** Runs the drill and shows it meanwhile. */
async function play(options: DrillOptions, signal: AbortSignal): Promise<DrillResults> {
  const { seconds, rate, url } = options;
  const drill = new Drill(options);
  const view = viewFor(process.stdout, drill.tallies);
  const phases = url === undefined ? phasesOf(seconds) : [];
  const moment = (): Parameters<typeof view.update>[0] => {
    return { tallies: drill.tallies, elapsed: drill.elapsed, seconds, rate, phases };
  };
  print([`${intent(options)} Ctrl-C ends it early.`, '']);
  const timer = setInterval(() => {
    view.update(moment());
  }, updateEveryMs);
  let last: ReturnType<typeof moment>;
  try {
    await drill.run(signal);
  } finally {
    clearInterval(timer);
    last = moment();
    view.end(last);
  }
  return resultsOf(options, drill.tallies, last.elapsed);
}

function intent({ seconds, rate, seed, url }: DrillOptions): string {
  if (url !== undefined) return `GET ${url.href}, ${rate} calls/s for ${seconds} s.`;
  return `An outage in ${seconds} s, ${rate} calls/s from each group, seed ${seed}.`;
}

function print(lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}
