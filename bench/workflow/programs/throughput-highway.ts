// Workflows of five small steps, on Highway.
import { Highway } from '@highway/workflow';
import { sendResult } from '../run-program.ts';

const [databaseUrl = '', count = '', concurrency = ''] = process.argv.slice(2);
const total = Number(count);
const highway = new Highway({ name: 'bench', databaseUrl });
let finished = 0;
let done!: () => void;
const all = new Promise<void>((resolve) => (done = resolve));
const work = highway.workflow(
  'work',
  async (n: number, ctx) => {
    let sum = n;
    for (let i = 0; i < 5; i += 1) sum += await ctx.step(`step-${i}`, () => Promise.resolve(i));
    if (++finished === total) done();
    return sum;
  },
  { concurrency: Number(concurrency) },
);
await highway.start();
const began = performance.now();
await Promise.all(Array.from({ length: total }, (_, n) => work.start(n)));
await all;
const ms = performance.now() - began;
await highway.stop({ drain: '1s' });
sendResult({ stepsPerSecond: (total * 5 * 1000) / ms });
