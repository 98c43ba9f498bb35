// A worker that the crash tests kill. It runs bundled, with its plan as its argument; starts all runs,
// the same ones after every restart, and logs what its steps do before and after their work.
import {
  Backoff,
  CircuitBreakerPolicy,
  Failsafe,
  RetryPolicy,
  systemClock,
} from '@highway/resilience';
import { Highway } from '@highway/workflow';
import type { StepInfo } from '@highway/workflow';
import { writeLine } from './log.ts';
import { isFlaky, isRejected, linesOf, orderId } from './orders.ts';

/** The plan of a worker. */
export interface LaunchOptions {
  /** Its executor id. */
  readonly worker: string;
  readonly databaseUrl: string;
  readonly log: string;
  /** It starts the runs of these numbers, from 0. */
  readonly orders: number;
  /** How long a step takes, in ms. */
  readonly stepMs: number;
  /** How many orders it executes at the same time. */
  readonly concurrency: number;
}

const plan = JSON.parse(process.argv[2]!) as LaunchOptions;
const { worker, databaseUrl, log, orders, stepMs, concurrency } = plan;
const highway = new Highway({ name: 'crashes', databaseUrl, executorId: worker });

/** The work of a step: takes a while, may fail on purpose, and has its effect at the end. */
async function work<Value>(step: StepInfo, value: Value): Promise<Value> {
  const { idempotencyKey: key, attempt } = step;
  const [run, name] = partsOf(key);
  const line = { worker, run, step: name, attempt, key };
  writeLine(log, { ...line, what: 'begin' });
  await new Promise<void>((resolve) => void systemClock.setTimeout(resolve, stepMs));
  if (isFlaky(run, name, attempt)) throw new Error(`${name} is busy`);
  writeLine(log, { ...line, what: 'effect' });
  return value;
}

function partsOf(key: string): [run: string, step: string] {
  const at = key.lastIndexOf(':');
  return [key.slice(0, at), key.slice(at + 1)];
}

const retry = new RetryPolicy({ maxRetries: 3, backoff: Backoff.fixed(20) });
const breaker = new CircuitBreakerPolicy({ name: 'bank', failureThreshold: '10/10' });
const policy = new Failsafe({ policies: [retry, breaker] });

const pack = highway.workflow(
  'pack',
  (line: number, ctx) => ctx.step('pack', (s) => work(s, line * 10), { policy: retry }),
  { version: '1' },
);
const order = highway.workflow(
  'order',
  async (n: number, ctx) => {
    const hold = await ctx.step('reserve', (s) => work(s, n), {
      policy: retry,
      compensate: (held, s) => work(s, held),
    });
    const paid = await ctx.step('pay', (s) => work(s, 2 * n), {
      policy,
      compensate: (value, s) => work(s, value),
    });
    const lines = linesOf(n).length === 0 ? [] : await ctx.forEach('lines', linesOf(n), pack);
    await ctx.sleep(10);
    if (isRejected(n)) throw new Error(`order ${n} is rejected`);
    const label = await ctx.step('ship', (s) => work(s, `to ${n}`), { policy: retry });
    return { hold, paid, lines, label };
  },
  { version: '1', concurrency },
);

await highway.start();
const runs = await Promise.all(
  Array.from({ length: orders }, (_, n) => order.start(n, { id: orderId(n) })),
);
const ends = await Promise.all(
  runs.map((run) =>
    run.result().then(
      (value) => ({ ok: true, value }),
      (error: unknown) => ({ ok: false, value: (error as Error).message }),
    ),
  ),
);
process.stdout.write(JSON.stringify(ends));
await highway.stop();
