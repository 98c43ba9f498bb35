import { describe, expect, it } from 'vitest';
import { figures } from './outage-figures.ts';
import { syncInterval, maxTrialCalls } from './outage-node.ts';
import { OutageRun } from './outage-run.ts';
import { readmeTable } from './readme-table.ts';

describe.each([10, 200])('a fleet of %i nodes in an outage', (nodes) => {
  const run = new OutageRun({ nodes, seed: 2, notices: true }).run();
  const unnoticed = new OutageRun({ nodes, seed: 2, notices: false }).run();

  it('opens on every node within 50 ms of the quorum', () => {
    expect(run.agreementMs).toBeLessThan(50);
  });

  it('opens on every node within two sync intervals if all notices are lost', () => {
    expect(unnoticed.agreementMs).toBeLessThan(2 * syncInterval);
  });

  it('makes no more trial calls than its window, and recovers', () => {
    expect(run.trialCalls).toBeLessThanOrEqual(run.periods * maxTrialCalls);
    expect(run.recovered).toBe(true);
    expect(unnoticed.recovered).toBe(true);
  });

  it('asks the store about twice per second and node while nothing happens', () => {
    expect(run.seconds[2]!.operations / nodes).toBeLessThan(2.4);
  });

  it('makes it merge no message while nothing happens', () => {
    expect(run.seconds[2]!.merges).toBe(0);
  });

  it('asks it at most five times per second and node when everything happens', () => {
    for (const { operations } of run.seconds) expect(operations / nodes).toBeLessThan(5);
  });
});

describe('the table of the figures', () => {
  it('has a row for each size', () => {
    const rows = readmeTable([figures(10), figures(20)]).split('\n');
    expect(rows.slice(2).map((row) => row.slice(0, 5))).toEqual(['| 10 ', '| 20 ']);
  });
});
