// Loses promises inside and outside of workflows, and prints the outcomes of the runs.
import { setTimeout as sleep } from 'node:timers/promises';
import { Highway } from '@highway/workflow';
import type { Context } from '@highway/workflow';
import { silentLogger } from '../../src/logger.ts';

const [dataDir, then] = process.argv.slice(2);
const highway = new Highway({ name: 'careless', dataDir: dataDir!, logger: silentLogger });
const down = (): Promise<never> => Promise.reject(new Error('audit is down'));
const audit = async (ctx: Context): Promise<void> => {
  await ctx.step('audit', down);
};
const wrapped = async (ctx: Context): Promise<void> => {
  await audit(ctx).catch((cause: unknown) => {
    throw new Error('no audit', { cause });
  });
};
const ways: Record<string, (ctx: Context) => Promise<string>> = {
  async forgets(ctx) {
    void audit(ctx);
    await sleep(200);
    return 'done';
  },
  async wraps(ctx) {
    void wrapped(ctx);
    await sleep(200);
    return 'done';
  },
  async 'asks late'(ctx) {
    const late = audit(ctx);
    await sleep(200);
    return late.then(
      () => 'well',
      () => 'went on without',
    );
  },
};
const run = highway.workflow('run', (way: string, ctx) => ways[way]!(ctx));
await highway.start();
for (const way of Object.keys(ways)) {
  const result = (await run.start(way)).result();
  const end = await result.catch((error: unknown) => `failed: ${(error as Error).message}`);
  process.stdout.write(`${way}: ${end}\n`);
}
if (then === 'survives')
  process.on('uncaughtException', (error, origin) => {
    process.stdout.write(`${origin}: ${error.message}\n`);
  });
const listeners = process.listenerCount('unhandledRejection');
for (const error of ['mine', 'mine too']) {
  void Promise.reject(new Error(error));
  await sleep(20);
}
process.stdout.write(`${process.listenerCount('unhandledRejection') - listeners} listeners more\n`);
await highway.stop();
process.stdout.write(`${process.listenerCount('unhandledRejection')} listeners are left\n`);
