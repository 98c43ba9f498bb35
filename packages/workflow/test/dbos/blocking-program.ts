// A worker for the tests of executor ids. It takes the URL of its database. Its step prints `blocks`,
// blocks the process for some seconds, and prints `done`.
import { systemClock } from '@highway/resilience';
import { Highway } from '@highway/workflow';

const highway = new Highway({
  name: 'shop',
  databaseUrl: process.argv[2]!,
  executorId: 'blocked',
  version: '1',
});
const report = highway.workflow('report', (_, ctx) =>
  ctx.step('compute', () => {
    process.stdout.write('blocks\n');
    const end = systemClock.now() + 6_000;
    while (systemClock.now() < end);
    process.stdout.write('done\n');
  }),
);
await highway.start();
const run = await report.start(1);
await run.result();
await highway.stop();
