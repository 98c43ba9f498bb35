import { describe, expect, it } from 'vitest';
import { HeldSlots } from './held-slots.ts';

describe('the trial slots that a node holds', () => {
  it('are for one call each, in the order of their fencing numbers', () => {
    const slots = new HeldSlots();
    slots.add([7, 8], 1000);
    expect([slots.begin(0), slots.begin(1), slots.begin(2)]).toEqual([7, 8, undefined]);
    expect(slots.takeReport()).toEqual({ begun: [7, 8], settled: [] });
  });

  it('are returned if no call came in time, on the next call or the next message', () => {
    const slots = new HeldSlots();
    slots.add([7], 1000);
    expect(slots.hasUnused(999)).toBe(true);
    expect(slots.hasUnused(1000)).toBe(false);
    expect(slots.begin(1000)).toBeUndefined();
    slots.add([8], 2000);
    slots.returnUnused(1999);
    expect(slots.hasUnused(1999)).toBe(true);
    slots.returnUnused(2000);
    expect(slots.takeReport().settled).toEqual([
      { fence: 7, outcome: 'release' },
      { fence: 8, outcome: 'release' },
    ]);
  });

  it('settle once, and only if a call has begun', () => {
    const slots = new HeldSlots();
    slots.add([7], 1000);
    expect(slots.settle(7, 'success')).toBe(false);
    slots.begin(0);
    expect(slots.settle(7, 'success')).toBe(true);
    expect(slots.settle(7, 'failure')).toBe(false);
    expect(slots.takeReport().settled).toEqual([{ fence: 7, outcome: 'success' }]);
  });

  it('have a report that is sent again, before newer reports, if it was lost', () => {
    const slots = new HeldSlots();
    slots.add([7, 8], 1000);
    slots.begin(0);
    const news = slots.takeReport();
    slots.begin(0);
    slots.putBack(news);
    expect(slots.takeReport().begun).toEqual([7, 8]);
  });

  it('serve no call after `close`, but begun calls are still reported', () => {
    const slots = new HeldSlots();
    slots.add([7, 8], 1000);
    slots.begin(0);
    slots.close();
    expect(slots.begin(1)).toBeUndefined();
    expect(slots.settle(7, 'success')).toBe(false);
    expect(slots.takeReport().begun).toEqual([7]);
  });

  it('do not count once their state has passed', () => {
    const slots = new HeldSlots();
    slots.add([7, 8], 1000);
    slots.begin(0);
    slots.clear();
    expect(slots.takeReport()).toEqual({ begun: [], settled: [] });
  });
});
