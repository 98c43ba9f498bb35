// Workflows against a service that is down for a while, on Highway.
import {
  Backoff,
  BulkheadPolicy,
  CircuitBreakerPolicy,
  consecutive,
  Failsafe,
  RetryPolicy,
} from '@highway/resilience';
import { Highway } from '@highway/workflow';
import { sendResult } from '../run-program.ts';
import { outageResult, ScriptedService } from '../scripted-service.ts';

const [databaseUrl = '', count = '', downMs = ''] = process.argv.slice(2);
const total = Number(count);
const service = new ScriptedService();
const policy = new Failsafe({
  policies: [
    new RetryPolicy({
      maxRetries: 5,
      backoff: new Backoff({ minDelay: 200, maxDelay: 2_000, jitter: 0.5 }),
    }),
    new CircuitBreakerPolicy({
      name: 'service',
      failureThreshold: consecutive(5),
      successThreshold: '2/2',
      cooldown: '1s',
    }),
    new BulkheadPolicy({ maxConcurrent: 25 }),
  ],
});
const highway = new Highway({ name: 'bench', databaseUrl });
const call = highway.workflow('call', { concurrency: 2_000 }, (_: number, ctx) => {
  service.started(total, Number(downMs));
  return ctx.step('call', () => service.call(), { policy });
});
await highway.start();
const runs = await Promise.all(Array.from({ length: total }, (_, n) => call.start(n)));
const ended = await Promise.allSettled(runs.map((run) => run.result()));
const lost = ended.filter(({ status }) => status === 'rejected').length;
const result = outageResult(service, lost);
await highway.stop({ drain: '1s' });
sendResult(result);
