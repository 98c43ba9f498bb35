import { describe, expect, it } from 'vitest';
import type { CallsReport } from '../messages.ts';
import { FleetTally } from './fleet-tally.ts';

function tally(): FleetTally {
  return new FleetTally({ name: 'f', title: 'F', summary: '' }, 3, 5);
}

function report(process: number, parts: Partial<CallsReport>): CallsReport {
  const nothing = { calls: [], requests: [], circuit: [], trialCalls: [], storeLosses: [] };
  return { type: 'calls', process, ...nothing, ...parts };
}

describe('the tally of a fleet', () => {
  it('counts every circuit as closed before the first report', () => {
    expect(tally().second(0)).toMatchObject({ open: 0, halfOpen: 0, closed: 3 });
  });

  it('counts the circuits by their state at the end of a second', () => {
    const fleet = tally();
    fleet.addReport(report(0, { circuit: [{ at: 1500, from: 'CLOSED', to: 'OPEN' }] }));
    fleet.addReport(report(2, { circuit: [{ at: 1900, from: 'CLOSED', to: 'OPEN' }] }));
    fleet.addReport(report(2, { circuit: [{ at: 2500, from: 'OPEN', to: 'HALF_OPEN' }] }));
    expect(fleet.second(0)).toMatchObject({ open: 0, halfOpen: 0, closed: 3 });
    expect(fleet.second(1)).toMatchObject({ open: 2, halfOpen: 0, closed: 1 });
    expect(fleet.second(2)).toMatchObject({ open: 1, halfOpen: 1, closed: 1 });
  });

  it('adds the calls of all processes, and keeps their circuits apart', () => {
    const fleet = tally();
    const call = { startedAt: 100, endedAt: 200, outcome: 'ok' } as const;
    fleet.addReport(report(0, { calls: [call] }));
    fleet.addReport(report(1, { calls: [call, call], trialCalls: [150], storeLosses: [160] }));
    expect(fleet.second(0)).toMatchObject({ succeeded: 3, failed: 0 });
    expect(fleet.nodes.map(({ trialCalls }) => trialCalls)).toEqual([[], [150], []]);
    expect(fleet.nodes.map(({ storeLosses }) => storeLosses)).toEqual([[], [160], []]);
  });
});
