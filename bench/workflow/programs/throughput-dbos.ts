// The same workflows on bare DBOS, started through a queue of the same concurrency.
import { DBOS } from '@dbos-inc/dbos-sdk';
import { sendResult } from '../run-program.ts';

const [systemDatabaseUrl = '', count = '', concurrency = ''] = process.argv.slice(2);
const total = Number(count);
const quiet = (): void => undefined;
const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };
let finished = 0;
let done!: () => void;
const all = new Promise<void>((resolve) => (done = resolve));
const work = DBOS.registerWorkflow(
  async (n: number) => {
    let sum = n;
    for (let i = 0; i < 5; i += 1) {
      sum += await DBOS.runStep(() => Promise.resolve(i), { name: `step-${i}` });
    }
    if (++finished === total) done();
    return sum;
  },
  { name: 'work' },
);
DBOS.setConfig({ name: 'bare', systemDatabaseUrl, applicationVersion: 'bare-1', logger });
await DBOS.launch();
// The quickest polling that it allows within reason, or the queue would be what is measured.
await DBOS.registerQueue('work', {
  workerConcurrency: Number(concurrency),
  minPollingIntervalMs: 10,
});
const began = performance.now();
await Promise.all(
  Array.from({ length: total }, (_, n) => DBOS.startWorkflow(work, { queueName: 'work' })(n)),
);
await all;
const ms = performance.now() - began;
await DBOS.shutdown();
sendResult({ stepsPerSecond: (total * 5 * 1000) / ms });
