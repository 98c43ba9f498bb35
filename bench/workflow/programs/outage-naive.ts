// The same load with the engine's own retries: a fixed wait, as often as it takes.
import { DBOS } from '@dbos-inc/dbos-sdk';
import { sendResult } from '../run-program.ts';
import { outageResult, ScriptedService } from '../scripted-service.ts';

const [systemDatabaseUrl = '', count = '', downMs = ''] = process.argv.slice(2);
const total = Number(count);
const quiet = (): void => undefined;
const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };
const service = new ScriptedService();
let finished = 0;
let lost = 0;
let done!: () => void;
const all = new Promise<void>((resolve) => (done = resolve));
const call = DBOS.registerWorkflow(
  async () => {
    service.started(total, Number(downMs));
    try {
      return await DBOS.runStep(() => service.call(), {
        name: 'call',
        retriesAllowed: true,
        maxAttempts: 10_000,
        intervalSeconds: 0.2,
        backoffRate: 1,
      });
    } catch (error) {
      lost += 1;
      throw error;
    } finally {
      if (++finished === total) done();
    }
  },
  { name: 'call' },
);
DBOS.setConfig({ name: 'naive', systemDatabaseUrl, applicationVersion: 'naive-1', logger });
await DBOS.launch();
await DBOS.registerQueue('call', { minPollingIntervalMs: 10 });
await Promise.all(
  Array.from({ length: total }, () => DBOS.startWorkflow(call, { queueName: 'call' })()),
);
await all;
const result = outageResult(service, lost);
await DBOS.shutdown();
sendResult(result);
