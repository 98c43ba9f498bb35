import { describe, expect, it } from 'vitest';
import { ManualClock } from '@highway/resilience/testing';
import type { CircuitReply } from '../store.ts';
import { Listing } from './listing.ts';

const reply = (circuit: string, members: number, generation = 'g'): CircuitReply => ({
  circuit,
  version: { generation, epoch: 0 },
  state: 'CLOSED',
  cause: 'none',
  remaining: 0,
  openings: 0,
  members,
  votes: 0,
  successes: 0,
  failures: 0,
  granted: [],
});

/** Lists for so long in a fleet of so many; how often. */
async function timesListed(members: number, seconds: number): Promise<number> {
  const clock = new ManualClock();
  const listing = new Listing(clock);
  let times = 0;
  for (let i = 0; i < seconds * 10; i++) {
    const due = listing.due(['payments']);
    if (due.length > 0) times++;
    listing.note(due);
    listing.replied([reply('payments', members)]);
    await clock.advance(100);
  }
  return times;
}

describe('the list of circuits', () => {
  it('is written about once a second by each of a few processes', async () => {
    const times = await timesListed(3, 100);
    expect(times).toBeGreaterThanOrEqual(90);
    expect(times).toBeLessThanOrEqual(202);
  });

  it('is written no more often by many processes together than by a few', async () => {
    const times = await timesListed(800, 1000);
    expect(times).toBeGreaterThanOrEqual(9);
    expect(times).toBeLessThanOrEqual(22);
  });

  it('lists all circuits of a process if one is due, and those with a new generation', () => {
    const listing = new Listing(new ManualClock());
    expect(listing.due(['payments'])).toEqual(['payments']);
    listing.note(['payments']);
    expect(listing.due(['payments'])).toEqual([]);
    expect(listing.due(['payments', 'search'])).toEqual(['payments', 'search']);
    listing.note(['search']);
    expect(listing.replied([reply('payments', 1), reply('search', 1), reply('mail', 1)])).toEqual(
      [],
    );
    expect(listing.replied([reply('payments', 1, 'h'), reply('search', 1)])).toEqual(['payments']);
    expect(listing.replied([reply('payments', 1, 'h')])).toEqual([]);
  });
});

describe('the check of what a server has evicted', () => {
  it('comes every 5 to 10 s for each circuit, whatever else the processes of a store attach', async () => {
    const clock = new ManualClock();
    const listing = new Listing(clock);
    const checks: Record<string, number[]> = { first: [], second: [] };
    for (let i = 0; i < 600; i++) {
      for (const [circuit, times] of Object.entries(checks)) {
        if (listing.isCheckDue([circuit])) times.push(clock.now());
      }
      await clock.advance(100);
    }
    for (const times of Object.values(checks)) {
      const pauses = times.slice(1).map((time, j) => time - times[j]!);
      expect(Math.min(...pauses)).toBeGreaterThanOrEqual(5000);
      expect(Math.max(...pauses)).toBeLessThanOrEqual(10_100);
    }
    expect(listing.isCheckDue([])).toBe(false);
  });
});
