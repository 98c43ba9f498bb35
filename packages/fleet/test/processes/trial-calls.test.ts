import { describe, expect, it, vi } from 'vitest';
import { startDependency } from '../support/dependency.ts';
import { ProcessFleet } from '../support/process-fleet.ts';
import { sharedStores } from '../support/shared-stores.ts';

vi.setConfig({ testTimeout: 120_000 });

const processes = 8;

describe.each(sharedStores)('processes that share a circuit through $store', ({ store, start }) => {
  it('open together at a quorum, make exactly one window of trial calls, and close together', async () => {
    await using server = await start();
    await using dependency = await startDependency();
    await using fleet = await ProcessFleet.start(processes, {
      store,
      url: server.url,
      dependency: dependency.url,
      syncInterval: 200,
      breaker: { failureThreshold: '3/6', successThreshold: '8/8', cooldown: 700 },
    });
    await fleet.agreeOn('CLOSED');

    dependency.sick = true;
    for (const process of fleet.processes.slice(0, 3)) process.call(3);
    await fleet.untilEntered('OPEN', { count: 3 });
    fleet.processes[3]!.call(3);
    await fleet.untilEntered('OPEN');
    expect(new Set(dependency.calls.map(({ node }) => node)).size).toBe(4);

    dependency.sick = false;
    dependency.calls.length = 0;
    fleet.tell({ type: 'rate', callsPerSecond: 100 });
    const reports = await fleet.agreeOn('CLOSED');
    expect(dependency.calls.filter(({ state }) => state === 'HALF_OPEN')).toHaveLength(8);
    expect(reports.flatMap(({ surprises }) => surprises)).toEqual([]);
  });

  it('make no trial call too many when processes that hold slots are killed', async () => {
    await using server = await start();
    await using dependency = await startDependency();
    // All six trial calls must fail for the circuit to open again, so there are exactly six.
    await using fleet = await ProcessFleet.start(processes, {
      store,
      url: server.url,
      dependency: dependency.url,
      syncInterval: 200,
      quorum: `1/${processes}`,
      breaker: {
        failureThreshold: '6/6',
        successThreshold: '1/6',
        cooldown: 1500,
        trialTimeout: 2000,
      },
    });
    dependency.sick = true;
    fleet.processes[0]!.call(6);
    await fleet.untilEntered('OPEN');
    dependency.calls.length = 0;
    // Longer than it takes until all concurrent trial calls have begun and are reported.
    dependency.delayMs = 1500;
    fleet.tell({ type: 'rate', callsPerSecond: 100 });
    await fleet.until('three trial calls under way', () => dependency.calls.length >= 3);
    const testing = new Set(dependency.calls.map(({ node }) => node));
    const holders = fleet.processes.filter(({ nodeId }) => testing.has(nodeId));
    // The store cannot know of a call that its process could not report.
    await Promise.all(holders.map((process) => process.synced()));
    for (const process of holders) process.kill();
    // Calls that had begun count as failures when their time is up, and no other calls replace them.
    await fleet.untilEntered('OPEN', { times: 2 });
    expect(dependency.calls).toHaveLength(6);
    expect(fleet.alive.length).toBeLessThan(processes);
  });
});
