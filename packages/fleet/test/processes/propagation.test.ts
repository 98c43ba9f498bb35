import { describe, expect, it, vi } from 'vitest';
import { startDependency } from '../support/dependency.ts';
import { ProcessFleet } from '../support/process-fleet.ts';
import { sharedStores } from '../support/shared-stores.ts';

// `npm run fleet:propagation` runs all of it and prints the figures. The test asserts no times.
const processes = Number(process.env['HIGHWAY_FLEET_PROCESSES'] ?? 8);
const rounds = Number(process.env['HIGHWAY_FLEET_ROUNDS'] ?? 2);

vi.setConfig({ testTimeout: 60_000 + rounds * processes * 1000 });

describe.each(sharedStores)('every process opens after a quorum, through $store', (shared) => {
  it.each([
    ['by notice', false],
    ['without any notice, by the next sync', true],
  ])('%s', async (how, deaf) => {
    await using server = await shared.start();
    await using dependency = await startDependency();
    await using fleet = await ProcessFleet.start(processes, {
      store: shared.store,
      url: server.url,
      dependency: dependency.url,
      syncInterval: 500,
      deaf,
      breaker: { failureThreshold: '3/6', cooldown: 60_000 },
    });
    const voters = fleet.processes.slice(0, processes / 2);
    for (const { nodeId } of voters) dependency.sickFor.add(nodeId);
    const taken: number[] = [];
    for (let round = 1; round <= rounds; round++) {
      await fleet.agreeOn('CLOSED');
      for (const process of voters) process.call(3);
      await fleet.agreeOn('OPEN');
      const opened = fleet.processes
        .map((process) => process.lastEntered('OPEN'))
        .sort((a, b) => a - b);
      taken.push(opened.at(-1)! - opened[voters.length - 1]!);
      fleet.processes[0]!.tell({ type: 'operate', command: 'reset' });
    }
    taken.sort((a, b) => a - b);
    const [median, worst] = [taken[taken.length >> 1]!, taken.at(-1)!];
    console.info(
      `${shared.store}, ${String(processes)} processes, ${how}: from the quorum to the last one ` +
        `median ${median.toFixed(1)} ms, at most ${worst.toFixed(1)} ms in ${String(rounds)} rounds`,
    );
    expect(taken).toHaveLength(rounds);
  });
});
