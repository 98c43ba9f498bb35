import { stripVTControlCharacters } from 'node:util';
import { rowOf } from '@highway-examples/drill-kit/testing';
import { describe, expect, it } from 'vitest';
import type { DrillOptions } from '../options.ts';
import { phasesOf } from '../service/script.ts';
import { GroupTally } from './group-tally.ts';
import { renderFrame } from './live-frame.ts';
import { groupLines } from './plain-lines.ts';
import { resultsOf } from './results.ts';
import { renderTable } from './table.ts';
import { verdict, warningsOn } from './verdict.ts';

const options: DrillOptions = { seconds: 20, rate: 60, seed: 1 };
const phases = phasesOf(20);

/** Bare callers that fail slowly from the outage on, and protected ones that fail at once. */
function someTallies(): [GroupTally, GroupTally] {
  const bare = new GroupTally({ name: 'b', title: 'Bare', summary: '', hasCircuit: false }, 20);
  const safe = new GroupTally({ name: 's', title: 'Safe', summary: '', hasCircuit: true }, 20);
  for (let at = 0; at < 20_000; at += 100) {
    const down = at >= 6000 && at < 13_000;
    const answer = down ? 'error' : 'ok';
    const failed = at >= 6000;
    bare.addCalls([{ startedAt: at, endedAt: at + 300, outcome: failed ? 'status' : 'ok' }]);
    bare.addRequests([{ at, answer }]);
    safe.addCalls([{ startedAt: at, endedAt: at + 20, outcome: down ? 'rejected' : 'ok' }]);
    if (!down) safe.addRequests([{ at, answer }]);
  }
  bare.relapses = 8;
  safe.addChanges([
    { at: 6200, from: 'CLOSED', to: 'OPEN' },
    { at: 13_100, from: 'OPEN', to: 'CLOSED' },
  ]);
  return [bare, safe];
}

describe('the table', () => {
  const table = renderTable(resultsOf(options, someTallies(), 21_000));

  it('puts the groups side by side', () => {
    expect(rowOf(table, 'Requests during the outage')).toEqual(['70', '0']);
    expect(rowOf(table, 'Failed calls')).toEqual(['140', '70']);
    expect(rowOf(table, 'Relapses')).toEqual(['8', '0']);
  });

  it('shows when calls succeeded again, or a lower bound if they did not', () => {
    expect(rowOf(table, 'Calls succeed again after')).toEqual(['> 7.0 s', '<1 ms']);
  });

  it('fits into eighty columns', () => {
    for (const line of stripVTControlCharacters(table).split('\n')) {
      expect(line.length).toBeLessThanOrEqual(80);
    }
  });

  it('shows a dash for a recovery that was not reached', () => {
    const early = renderTable(resultsOf(options, someTallies(), 5000));
    expect(rowOf(early, 'Calls succeed again after')).toEqual(['–', '–']);
  });

  it("shows only what callers can know about the user's own endpoint", () => {
    const url = new URL('http://localhost:1/');
    const own = renderTable(resultsOf({ ...options, url }, someTallies(), 21_000));
    expect(own).not.toContain('outage');
    expect(rowOf(own, 'of which rejected by the circuit')).toEqual(['0', '70']);
    expect(rowOf(own, 'Circuit opened')).toEqual(['0 ×', '1 ×']);
  });
});

describe('the verdict', () => {
  const slowly = { ...options, rate: 10 };

  it('compares the first group with the last', () => {
    const [requests, waits, recovery] = verdict(resultsOf(slowly, someTallies(), 21_000));
    expect(requests).toContain('callers with createFetch sent 0 requests; bare retries sent 70');
    expect(waits).toContain('took 20 ms on average; with bare retries, 300 ms');
    expect(recovery).toContain('bare retries never recovered');
  });

  it('is left out if the drill was interrupted', () => {
    expect(verdict(resultsOf(slowly, someTallies(), 15_000))).toEqual([]);
  });
});

describe('the warning', () => {
  it('appears if the machine could not keep the rate', () => {
    const warnings = warningsOn(resultsOf({ ...options, rate: 20 }, someTallies(), 21_000));
    expect(warnings.join()).toContain('200 of 400');
  });

  it('is left out if it could', () => {
    expect(warningsOn(resultsOf({ ...options, rate: 10 }, someTallies(), 21_000))).toEqual([]);
  });
});

describe('the live view', () => {
  const tallies = someTallies();
  const frame = (elapsed: number): string[] =>
    renderFrame({ tallies, elapsed, seconds: 20, rate: 10, phases, width: 80 }).map(
      stripVTControlCharacters,
    );

  it('has as many lines at every moment as at the start', () => {
    for (const elapsed of [500, 7000, 30_000]) {
      expect(frame(elapsed)).toHaveLength(frame(0).length);
    }
  });

  it('fits into the width of the terminal', () => {
    for (const line of frame(20_000)) expect(line.length).toBeLessThanOrEqual(80);
  });

  it.each([
    [80, 'healthy slow outage        recovery'],
    [73, 'hea…s…outage recove…'],
    [100, ' healthy     slow  outage               recovery'],
  ])('separates the names of the phases without colours, %i columns wide', (width, names) => {
    const view = { tallies, elapsed: 20_000, seconds: 20, rate: 10, phases, width };
    const [title = ''] = renderFrame(view).map(stripVTControlCharacters);
    expect(title.slice(37).trimEnd()).toBe(names);
  });

  it('shows the figures of the last second, and a bar for each second', () => {
    const lines = frame(10_000);
    expect(lines.find((line) => line.includes('failed'))).toMatch(/10 \/s .*·{12}▆▆█{6} *$/);
    expect(lines.at(-1)).toMatch(/closed since 13\.1 s.*▁{12}█{8} *$/);
  });
});

describe('the plain lines', () => {
  it('have a heading for each group and a line for each second', () => {
    const { heading, line } = groupLines(someTallies(), phases);
    expect(heading()[0]).toMatch(/Bare .*Safe/);
    expect(line(6)).toMatch(
      /^ +7 s outage +│ +3 +7 +300 ms +300 ms +10 │ +0 +10 +20 ms +20 ms +0 +closed>open$/,
    );
  });
});
