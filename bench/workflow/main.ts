// What durable workflows cost, each question in one run beside its comparison:
//   node bench/workflow/dist/main.js [start] [throughput] [parked]
// What they save in an outage, `npm run bench:workflow` measures.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '@highway/servers';
import { median, runProgram } from './run-program.ts';

const questions = { start, throughput, parked };
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(questions, name));
if (unknown.length > 0) {
  const names = Object.keys(questions).join(', ');
  throw new RangeError(`There is no question ${unknown.join(', ')}; there are ${names}`);
}
for (const [name, question] of Object.entries(questions)) {
  if (asked.length === 0 || asked.includes(name)) await question();
}

/** Under 5 s on an empty folder. */
async function start(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'highway-bench-'));
  try {
    const first = await runProgram<{ startedMs: number; doneMs: number }>('start', folder);
    const again = await runProgram<{ startedMs: number }>('start', folder);
    print('embedded start', {
      'empty folder': `${seconds(first.startedMs)} (first run done after ${seconds(first.doneMs)})`,
      'the folder again': seconds(again.startedMs),
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Within 10 % of bare DBOS on the same database; rounds alternate, so that noise hits both. */
async function throughput(): Promise<void> {
  await using postgres = await startPostgres();
  const args = [postgres.url, '400', '20'];
  const rates: Record<'highway' | 'dbos', number[]> = { highway: [], dbos: [] };
  for (let round = 0; round < 5; round += 1) {
    for (const subject of round % 2 === 0
      ? (['highway', 'dbos'] as const)
      : (['dbos', 'highway'] as const)) {
      const program = `throughput-${subject}`;
      const { stepsPerSecond } = await runProgram<{ stepsPerSecond: number }>(program, ...args);
      rates[subject].push(stepsPerSecond);
    }
  }
  const [ours, bare] = [median(rates.highway), median(rates.dbos)];
  print('steps per second (400 workflows of 5 steps, 20 at once, median of 5)', {
    highway: ours.toFixed(0),
    'bare DBOS': bare.toFixed(0),
    ratio: (ours / bare).toFixed(2),
  });
}

/** Under 15 KB of heap each, and no database load that grows with them. */
async function parked(): Promise<void> {
  await using postgres = await startPostgres();
  print('10,000 parked workflows', {
    ...(await runProgram<Record<string, number>>('parked', postgres.url, '10000')),
  });
}

function print(title: string, figures: Readonly<Record<string, unknown>>): void {
  console.log(`\n${title}`);
  for (const [name, value] of Object.entries(figures)) console.log(`  ${name}: ${String(value)}`);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
