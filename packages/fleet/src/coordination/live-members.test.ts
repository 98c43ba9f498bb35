import { describe, expect, it } from 'vitest';
import { LiveMembers } from './live-members.ts';

describe('the number of live members', () => {
  it('grows at once', () => {
    const live = new LiveMembers(1000);
    expect([live.note(1, 0), live.note(5, 100)]).toEqual([1, 5]);
  });

  it('does not drop at once when the store has lost its data', () => {
    const live = new LiveMembers(1000);
    live.note(5, 0);
    expect([live.note(1, 300), live.note(2, 900), live.note(2, 1400)]).toEqual([5, 5, 5]);
  });

  it('drops when no reply has reported as many for a while', () => {
    const live = new LiveMembers(1000);
    live.note(5, 0);
    for (let now = 300; now < 2100; now += 300) live.note(2, now);
    expect(live.note(2, 2400)).toBe(2);
  });

  it('is remembered through an outage of any length', () => {
    const live = new LiveMembers(1000);
    live.note(5, 0);
    const afterwards = [0, 500, 1000, 1500].map((ms) => live.note(1, 3_600_000 + ms));
    expect(afterwards).toEqual([5, 5, 5, 5]);
    expect(live.note(1, 3_602_000)).toBe(1);
  });

  it('is remembered through a silence of exactly the remembered time', () => {
    const live = new LiveMembers(1000);
    live.note(5, 0);
    const afterwards = [1000, 1500, 2000, 2500].map((now) => live.note(1, now));
    expect(afterwards).toEqual([5, 5, 5, 5]);
    expect(live.note(1, 3000)).toBe(1);
  });

  it('is remembered from the first report on, whatever the time', () => {
    const live = new LiveMembers(1000);
    live.note(5, 900);
    const afterwards = [1400, 1900, 2400, 2899].map((now) => live.note(1, now));
    expect(afterwards).toEqual([5, 5, 5, 5]);
    expect(live.note(1, 2900)).toBe(1);
  });
});
