// Starts runs that wait in every possible way, and stops its engine. Then the process must end.
import { Backoff, CircuitBreakerPolicy, RetryPolicy } from '@highway/resilience';
import { Highway } from '@highway/workflow';
import type { Context } from '@highway/workflow';
import { eventually } from '../support/eventually.ts';

const highway = new Highway({ name: 'stopping', dataDir: process.argv[2]! });
const bank = new CircuitBreakerPolicy({ name: 'bank' });
const retry = new RetryPolicy({ maxRetries: 1, backoff: Backoff.fixed('1h') });
const waits: Record<string, (ctx: Context) => Promise<unknown>> = {
  sleeping: (ctx) => ctx.sleep('1h'),
  waiting: (ctx) => ctx.waitFor('never', { timeout: '1h' }),
  parked: (ctx) => ctx.step('pay', () => 1, { policy: bank }),
  retrying: (ctx) => ctx.step('fail', () => Promise.reject(new Error('no')), { policy: retry }),
};
const wait = highway.workflow('wait', (kind: string, ctx) => waits[kind]!(ctx));
await highway.start();
bank.isolate();
for (const kind of Object.keys(waits)) {
  const run = await wait.start(kind, { id: kind });
  await eventually(`the run is ${kind}`, async () => (await run.status()) === kind);
}
await highway.stop({ drain: 0 });
for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setImmediate(resolve));
const timers = process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout');
process.stdout.write(`${timers.length} timers are left`);
