import { describe, expect, it } from 'vitest';
import { LiveMembers } from './live-members.ts';

describe('the number of live members', () => {
  it('grows at once', () => {
    const live = new LiveMembers(1000);
    expect([live.note(1, 0), live.note(5, 100)]).toEqual([1, 5]);
  });

  it('does not fall at once where the store has lost its data', () => {
    const live = new LiveMembers(1000);
    live.note(5, 0);
    expect([live.note(1, 300), live.note(2, 900), live.note(2, 1400)]).toEqual([5, 5, 5]);
  });

  it('falls when nobody has reported so many for a while', () => {
    const live = new LiveMembers(1000);
    live.note(5, 0);
    for (let now = 300; now < 2100; now += 300) live.note(2, now);
    expect(live.note(2, 2400)).toBe(2);
  });

  it('is remembered through an outage of any length', () => {
    const live = new LiveMembers(1000);
    live.note(5, 0);
    expect([live.note(1, 3_600_000), live.note(1, 3_600_500)]).toEqual([5, 5]);
  });
});
