// Executes its runs, some of which kill every process that executes them; ends once all have ended.
import { setTimeout as sleep } from 'node:timers/promises';
import { Highway } from '@highway/workflow';
import type { Context, Run } from '@highway/workflow';
import { silentLogger } from '../../src/logger.ts';

const [databaseUrl, executorId, killers] = process.argv.slice(2);
const highway = new Highway({
  name: 'crashing',
  databaseUrl: databaseUrl!,
  logger: silentLogger,
  ...(executorId !== '' && { executorId }),
});
const die = (): void => {
  process.kill(process.pid, 'SIGKILL');
};
const kills = highway.workflow('kills', async (_: unknown, ctx: Context) => {
  await ctx.step('before', () => 'done');
  await ctx.step('dies', die);
});
const works = highway.workflow('works', (ms: number, ctx: Context) =>
  ctx.step('works', async () => {
    await sleep(ms);
    return 'done';
  }),
);
const waits = highway.workflow('waits', async (_: unknown, ctx: Context) => {
  await ctx.waitFor('go');
  return ctx.step('works', () => 'done');
});
const asks = highway.workflow('asks', (_: unknown, ctx: Context) =>
  ctx.all('children', { one: [works, 600] }),
);
await highway.start();
const runs: Run<unknown>[] = [
  await waits.start(0, { id: 'waits' }),
  await asks.start(0, { id: 'asks' }),
];
for (let i = 0; i < 3; i += 1) runs.push(await works.start(500, { id: `works-${i}` }));
for (let i = 0; i < Number(killers); i += 1) runs.push(await kills.start(0, { id: `kills-${i}` }));
const others = runs.slice(1).map((run) => run.result().catch(() => undefined));
await Promise.all(others);
await highway.runs.signal('waits', 'go', 1);
await runs[0]!.result();
for (const run of runs) {
  const { code } = await run.result().then(
    () => ({ code: 'done' }),
    (error: unknown) => error as { code: string },
  );
  process.stdout.write(`${run.id} ${await run.status()} ${code}\n`);
}
await highway.stop();
