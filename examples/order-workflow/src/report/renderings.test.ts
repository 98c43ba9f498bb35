import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Timeline } from '../timeline.ts';
import { makeOrders } from '../orders.ts';
import { orderDisplay } from './order-display.ts';
import { resultsOf } from './results.ts';
import { SideTally } from './side-tally.ts';
import { renderTable, verdict } from './table.ts';

const orders = makeOrders(10, 1);
const timeline = Timeline.ofDrill(1);
timeline.outageFrom = 1_000;
timeline.outageTo = 2_000;

/** A side in the third second of its drill: four orders wait for the bank, one is compensated. */
function tallyOf(kind: 'highway' | 'plain', title: string): SideTally {
  const tally = new SideTally(kind, title, 'its summary');
  tally.addWorkerChange({ at: 0, state: 'up' });
  tally.addNews(
    [
      { at: 500, answer: 'ok' },
      { at: 1_500, answer: 'down' },
    ],
    [],
  );
  const statuses = { queued: 1, running: 1, parked: 4, done: 3, compensated: 1 } as const;
  const circuit = kind === 'highway' ? 'OPEN' : undefined;
  tally.addStatus({ type: 'status', statuses, circuits: { bank: 4 }, circuit }, 1_800);
  tally.addWorkerChange({ at: 2_200, state: 'killed' });
  return tally;
}

const tallies = [tallyOf('highway', 'Highway'), tallyOf('plain', 'Plain retries')];
const display = orderDisplay(tallies, orders.length, timeline);

describe('the live view', () => {
  const frame = display.frame(2_500, 100).map(stripVTControlCharacters);

  it('shows run counts by status, and the circuits on which runs are parked', () => {
    expect(frame.join('\n')).toContain(
      'compensated 1  done 3  parked on bank 4  running 1  waiting 1',
    );
  });

  it('shows the worker, the calls to the payment service and the circuit', () => {
    const text = frame.join('\n');
    expect(text).toMatch(/worker +starting again, killed 1 ×/);
    expect(text).toMatch(/bank calls +0 \/s, 2 in all/);
    expect(text).toMatch(/circuit +open/);
  });

  it('fits the terminal', () => {
    expect(Math.max(...frame.map(({ length }) => length))).toBeLessThanOrEqual(100);
  });
});

describe('the plain view', () => {
  it('has a line for each second, under its heading', () => {
    const [titles, columns] = display.heading();
    expect(titles).toMatch(/Highway +│ Plain retries/);
    expect(columns).toContain('park');
    expect(display.line(1)).toMatch(/2 s outage +│ +1 +1 +4 +3 +1 +0 +1 {2}open/);
    expect(display.line(2)).toContain('killed');
  });
});

describe('the table', () => {
  const parts = {
    options: { orders: 10, seed: 1, outage: 1 },
    orders,
    outage: timeline,
    tallies,
    database: 'embedded',
    endedAt: 2_500,
  };

  it('sets both sides beside each other', () => {
    const table = stripVTControlCharacters(renderTable(resultsOf({ ...parts, interrupted: true })));
    expect(table).toMatch(/│ +Highway │ Plain retries │/);
    expect(table).toMatch(/Still open +│ +10 │ +10 │/);
    expect(table).toMatch(/Last order done, after the recovery +│ > 500 ms │/);
  });

  it('says nothing of a drill that was interrupted, and what was not right of one that ended', () => {
    expect(verdict(resultsOf({ ...parts, interrupted: true }))).toEqual([]);
    expect(verdict(resultsOf({ ...parts, interrupted: false }))[0]).toContain('Not every order');
  });
});
