import { stripVTControlCharacters } from 'node:util';
import { rowOf } from '@highway-examples/drill-kit/testing';
import { describe, expect, it } from 'vitest';
import type { CircuitChange } from '../report/records.ts';
import { fleetDisplay } from './fleet-display.ts';
import { fleetResultsOf } from './fleet-results.ts';
import { renderFleetTable } from './fleet-table.ts';
import { FleetTally } from './fleet-tally.ts';
import { fleetVerdict, fleetWarnings } from './fleet-verdict.ts';

const options = { seconds: 20, rate: 30, seed: 1, fleet: 2, store: 'redis' } as const;

/** A fleet whose processes open at these times in the outage, and close 500 ms after the recovery. */
function fleetOf(title: string, openings: readonly number[], lostAt: number[] = []): FleetTally {
  const fleet = new FleetTally({ name: title, title, summary: '' }, openings.length, 20);
  for (const [process, opened] of openings.entries()) {
    const circuit: CircuitChange[] = [
      { at: opened, from: 'CLOSED', to: 'OPEN' },
      { at: 13_100, from: 'OPEN', to: 'HALF_OPEN' },
      { at: 13_500, from: 'HALF_OPEN', to: 'CLOSED' },
    ];
    const requests = [{ at: opened, answer: 'error' }];
    const [trialCalls, storeLosses] = [[13_200], process === 0 ? lostAt : []];
    fleet.addReport({
      type: 'calls',
      process,
      calls: [],
      requests,
      circuit,
      trialCalls,
      storeLosses,
    });
  }
  return fleet;
}

function someFleets(lostAt: number[] = []): [FleetTally, FleetTally] {
  return [fleetOf('Alone', [6700, 8200]), fleetOf('Fleet', [6400, 6450], lostAt)];
}

describe('the table of fleets', () => {
  const table = renderFleetTable(fleetResultsOf(options, someFleets(), 21_000));

  it('puts both fleets side by side', () => {
    expect(rowOf(table, 'Requests during the outage')).toEqual(['2', '2']);
    expect(rowOf(table, 'First process rejects after')).toEqual(['700 ms', '400 ms']);
    expect(rowOf(table, 'Last process rejects after')).toEqual(['2.2 s', '450 ms']);
    expect(rowOf(table, 'Trial calls after the outage')).toEqual(['2', '2']);
    expect(rowOf(table, 'Last process closes after')).toEqual(['500 ms', '500 ms']);
  });

  it('fits into eighty columns', () => {
    for (const line of stripVTControlCharacters(table).split('\n')) {
      expect(line.length).toBeLessThanOrEqual(80);
    }
  });

  it('shows a lower bound for what did not happen, and a dash for what was not reached', () => {
    const early = renderFleetTable(fleetResultsOf(options, [fleetOf('A', [9000])], 8000));
    expect(rowOf(early, 'Last process rejects after')).toEqual(['3.0 s']);
    const open = renderFleetTable(fleetResultsOf(options, [fleetOf('A', [13_050])], 8000));
    expect(rowOf(open, 'Last process rejects after')).toEqual(['> 2.0 s']);
    expect(rowOf(open, 'Last process closes after')).toEqual(['–']);
  });
});

describe('the verdict on fleets', () => {
  it('compares when processes rejected calls, and what the service had to bear', () => {
    const [requests, known, trialCalls] = fleetVerdict(
      fleetResultsOf(options, someFleets(), 21_000),
    );
    expect(requests).toContain('the fleet sent 2 requests; 2 processes alone sent 2');
    expect(known).toContain('after 450 ms');
    expect(known).toContain('after 2.2 s');
    expect(trialCalls).toContain('the fleet made 2 trial calls; 2 processes alone made 2.');
  });

  it('is left out if the drill was interrupted', () => {
    expect(fleetVerdict(fleetResultsOf(options, someFleets(), 15_000))).toEqual([]);
  });
});

describe('the warning on fleets', () => {
  it('says that the store was lost', () => {
    const [warning] = fleetWarnings(fleetResultsOf(options, someFleets([7000]), 21_000));
    expect(warning).toContain('Redis was unreachable: processes lost it 1 ×');
  });

  it('is left out if the store was always reachable', () => {
    expect(fleetWarnings(fleetResultsOf(options, someFleets(), 21_000))).toEqual([]);
  });
});

describe('the view of fleets', () => {
  const display = fleetDisplay(someFleets(), options);
  const frame = (elapsed: number): string[] =>
    display.frame(elapsed, 80).map(stripVTControlCharacters);

  it('has as many lines at every moment as at the start, within the width of the terminal', () => {
    for (const elapsed of [500, 7000, 30_000]) {
      const lines = frame(elapsed);
      expect(lines).toHaveLength(frame(0).length);
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
    }
  });

  it('shows how many circuits are in which state', () => {
    const lines = frame(8000);
    const open = lines.filter((line) => /^ {2}open/.test(line));
    expect(open[0]).toMatch(/1 of 2 .*·{12}▄▄▄▄ *$/);
    expect(open[1]).toMatch(/2 of 2 .*·{12}████ *$/);
  });

  it('has a heading for each fleet and a line for each second', () => {
    expect(display.heading()[0]).toMatch(/Alone .*Fleet/);
    expect(display.line(6)).toMatch(/^ +7 s outage +│ +1 +0 +1 +1 +0 +0 │ +2 +0 +0 +2 +0 +0$/);
  });
});
