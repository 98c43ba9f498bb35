import { describe, expect, it } from 'vitest';
import { GroupTally } from './group-tally.ts';

function tally(hasCircuit = true): GroupTally {
  return new GroupTally({ name: 'a', title: 'A', summary: 'one', hasCircuit }, 3);
}

describe('the tally of a group', () => {
  it('puts a call into the second in which it ended', () => {
    const group = tally();
    group.addCalls([
      { startedAt: 900, endedAt: 1100, outcome: 'ok' },
      { startedAt: 1500, endedAt: 1900, outcome: 'status' },
    ]);
    expect(group.second(0)).toMatchObject({ succeeded: 0, failed: 0, p50: undefined });
    expect(group.second(1)).toMatchObject({ succeeded: 1, failed: 1, p50: 200, p99: 400 });
  });

  it('puts what comes after the end into the last second', () => {
    const group = tally();
    group.addCalls([{ startedAt: 2900, endedAt: 3400, outcome: 'ok' }]);
    group.addRequests([{ at: 3050, answer: 'ok' }]);
    expect(group.second(2)).toMatchObject({ succeeded: 1, requests: 1 });
  });

  it('leaves unfinished calls out of the seconds, and keeps them', () => {
    const group = tally();
    group.addCalls([{ startedAt: 100, endedAt: 200, outcome: 'unfinished' }]);
    expect(group.second(0)).toMatchObject({ succeeded: 0, failed: 0 });
    expect(group.calls).toHaveLength(1);
  });

  it('begins each second with the state that the one before ended with', () => {
    const group = tally();
    group.addChanges([
      { at: 1200, from: 'CLOSED', to: 'OPEN' },
      { at: 1800, from: 'OPEN', to: 'HALF_OPEN' },
    ]);
    expect(group.second(0).states).toEqual(['CLOSED']);
    expect(group.second(1).states).toEqual(['CLOSED', 'OPEN', 'HALF_OPEN']);
    expect(group.second(2).states).toEqual(['HALF_OPEN']);
  });

  it('has no states where there is no circuit', () => {
    expect(tally(false).second(0).states).toEqual([]);
  });
});
