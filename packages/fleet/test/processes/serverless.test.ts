import { describe, expect, it, vi } from 'vitest';
import { startDependency } from '../support/dependency.ts';
import { ProcessFleet } from '../support/process-fleet.ts';
import { sharedStores } from '../support/shared-stores.ts';

vi.setConfig({ testTimeout: 120_000 });

describe.each(sharedStores)('processes that live for one call, through $store', (shared) => {
  it('open a pooled circuit together, and the next one knows it from the start', async () => {
    await using server = await shared.start();
    await using dependency = await startDependency();
    dependency.sick = true;
    await using fleet = await ProcessFleet.start(0, {
      store: shared.store,
      url: server.url,
      dependency: dependency.url,
      syncInterval: 500,
      pooled: { minimumCalls: 4, rate: 0.5, over: '10m' },
      breaker: { failureThreshold: '10/20', cooldown: 60_000 },
    });
    for (let i = 0; i < 4; i++) {
      const process = fleet.add({ nodeId: `lambda-${String(i)}` });
      await process.hear('ready', true);
      process.call(1);
      expect(await process.settledReport()).toMatchObject({ failed: 1, rejected: 0 });
      process.tell({ type: 'leave' });
      await process.ended;
    }
    const next = fleet.add({ nodeId: 'lambda-4' });
    await next.hear('ready', true);
    await fleet.agreeOn('OPEN');
    next.call(1);
    expect(await next.settledReport()).toMatchObject({ failed: 0, rejected: 1, surprises: [] });
    expect(dependency.calls).toHaveLength(4);
  });

  it('make trial calls one after the other, and close the circuit again', async () => {
    await using server = await shared.start();
    await using dependency = await startDependency();
    await using fleet = await ProcessFleet.start(0, {
      store: shared.store,
      url: server.url,
      dependency: dependency.url,
      syncInterval: 500,
      pooled: { minimumCalls: 2, rate: 0.5, over: '10m' },
      breaker: { failureThreshold: '10/20', successThreshold: '2/3', cooldown: 100 },
    });
    const reaches = async (wished: (state: string) => boolean): Promise<boolean> => {
      for (let lives = 0; lives < 10; lives++) {
        const process = fleet.add({ nodeId: `lambda-${String(fleet.processes.length)}` });
        await process.hear('ready', true);
        const { state } = (await process.report())!;
        process.call(1);
        await process.settledReport();
        process.tell({ type: 'leave' });
        await process.ended;
        if (wished(state)) return true;
      }
      return false;
    };
    dependency.sick = true;
    expect(await reaches((state) => state !== 'CLOSED')).toBe(true);
    dependency.sick = false;
    expect(await reaches((state) => state === 'CLOSED')).toBe(true);
  });
});

describe.each(sharedStores)('an operator, through $store', (shared) => {
  it('isolates, releases and resets the circuit of every process', async () => {
    await using server = await shared.start();
    await using dependency = await startDependency();
    await using fleet = await ProcessFleet.start(3, {
      store: shared.store,
      url: server.url,
      dependency: dependency.url,
      syncInterval: 200,
      breaker: { failureThreshold: '1/2', cooldown: 60_000 },
    });
    const [operator, other] = fleet.processes;
    operator!.tell({ type: 'operate', command: 'isolate' });
    await fleet.agreeOn('ISOLATED');
    operator!.tell({ type: 'operate', command: 'release' });
    await fleet.agreeOn('CLOSED');
    dependency.sick = true;
    for (const process of fleet.processes) process.call(1);
    await fleet.agreeOn('OPEN');
    other!.tell({ type: 'operate', command: 'reset' });
    const reports = await fleet.agreeOn('CLOSED');
    expect(reports.flatMap(({ surprises }) => surprises)).toEqual([]);
  });
});
