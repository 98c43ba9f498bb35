import { setTimeout as sleep } from 'node:timers/promises';
import { wfQueueRunner } from '@dbos-inc/dbos-sdk/internal/wfqueue';
import { BulkheadPolicy, CircuitBreakerPolicy, Failsafe } from '@highway/resilience';
import { startPostgres } from '@highway/servers';
import type { RunningServer } from '@highway/servers';
import { Highway } from '@highway/workflow';
import type { Context } from '@highway/workflow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let postgres: RunningServer;

beforeAll(async () => {
  postgres = await startPostgres();
}, 120_000);

afterAll(async () => {
  await postgres.stop();
});

/** Disables the polling for runs that other processes enqueue. */
function stopPolling(): void {
  const { states } = wfQueueRunner as unknown as { states: Map<string, { nextPollAt: number }> };
  for (const state of states.values()) state.nextPollAt = Infinity;
}

describe('the queues of a process', { timeout: 120_000 }, () => {
  it('claim all runs that it starts, however many continue meanwhile', async () => {
    const highway = new Highway({ name: 'shop', databaseUrl: postgres.url });
    const bank = new CircuitBreakerPolicy({ name: 'bank' });
    const policy = new Failsafe({ policies: [bank, new BulkheadPolicy({ maxConcurrent: 20 })] });
    const pay = highway.workflow(
      'pay',
      (n: number, ctx: Context) => ctx.step('pay', () => sleep(20, n), { policy }),
      { concurrency: 50 },
    );
    await highway.start();
    stopPolling();
    bank.open();
    const ids = Array.from({ length: 1_000 }, (_, n) => n);
    const started = await Promise.all(ids.map((n) => pay.start(n, { id: `run-${n}` })));
    // Some are parked by now, and others are being claimed.
    bank.close();
    const results = await Promise.all(started.map((run) => run.result()));
    expect(results).toEqual(results.map((_, n) => n));
    await highway.stop();
  });
});
