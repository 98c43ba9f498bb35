import { describe, expect, it } from 'vitest';
import type { CircuitReply } from '../store.ts';
import { pooled, quorum } from '../trip.ts';
import type { Trip } from '../trip.ts';
import { decide } from './decide.ts';

const closed: CircuitReply = {
  circuit: 'payments',
  version: { generation: 'one', epoch: 0 },
  state: 'CLOSED',
  cause: 'none',
  remaining: 0,
  openings: 0,
  members: 4,
  votes: 0,
  successes: 0,
  failures: 0,
  granted: [],
};
const cooldownAfter = (openings: number): number => 1000 * openings;

function decided(reply: Partial<CircuitReply>, trip: Trip, members = 4) {
  return decide({ ...closed, ...reply }, { trip, members, cooldownAfter });
}

describe('a closed circuit with a quorum of half', () => {
  it.each([
    [1, 4, undefined],
    [2, 4, 'quorum'],
    [2, 5, undefined],
    [3, 5, 'quorum'],
    [1, 1, 'quorum'],
    [0, 1, undefined],
  ])('with %d votes of %d members opens by %s', (votes, members, cause) => {
    expect(decided({ votes }, quorum('1/2'), members)?.cause).toBe(cause);
  });

  it('opens for the first cooldown', () => {
    expect(decided({ votes: 4 }, quorum('1/2'))).toEqual({
      to: 'OPEN',
      wait: 1000,
      openings: 1,
      cause: 'quorum',
    });
  });

  it('does not open with fewer nodes than its minimum', () => {
    expect(decided({ votes: 2 }, quorum('1/2', { minimumNodes: 3 }), 2)).toBeUndefined();
    expect(decided({ votes: 2 }, quorum('1/2', { minimumNodes: 3 }), 3)).toBeDefined();
  });
});

describe('a closed circuit that pools outcomes', () => {
  const trip = pooled({ minimumCalls: 10, rate: 0.5 });

  it.each([
    [5, 5, 'pooled'],
    [6, 5, undefined],
    [0, 9, undefined],
    [0, 10, 'pooled'],
  ])('after %d successes and %d failures opens by %s', (successes, failures, cause) => {
    expect(decided({ successes, failures }, trip)?.cause).toBe(cause);
  });

  it('also opens when more than half of the nodes have opened', () => {
    expect(decided({ votes: 2 }, trip)).toBeUndefined();
    expect(decided({ votes: 3 }, trip)?.cause).toBe('quorum');
  });
});

describe('a half-open circuit', () => {
  const rule = { calls: 4, closeAt: 3, openAt: 2, concurrent: 4 };
  const tested = (successes: number, failures: number) =>
    decided(
      { state: 'HALF_OPEN', openings: 2, tally: { rule, successes, failures, outstanding: 0 } },
      quorum('1/2'),
    );

  it('stays half-open until its trial calls decide', () => {
    expect(tested(2, 1)).toBeUndefined();
  });

  it('closes when enough trial calls succeed', () => {
    expect(tested(3, 1)).toEqual({ to: 'CLOSED', wait: 0, openings: 0, cause: 'trials' });
  });

  it('opens for a longer wait when enough trial calls fail', () => {
    expect(tested(0, 2)).toEqual({ to: 'OPEN', wait: 3000, openings: 3, cause: 'trials' });
  });
});

describe('a circuit that is open or isolated', () => {
  it('does not change by a decision of a node', () => {
    expect(decided({ state: 'OPEN', votes: 4 }, quorum('1/2'))).toBeUndefined();
    expect(decided({ state: 'ISOLATED', votes: 4 }, quorum('1/2'))).toBeUndefined();
  });
});
