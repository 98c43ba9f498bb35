import { describe, expect, it } from 'vitest';
import { ParkingLot } from './parking-lot.ts';

const parked = (deadline: number) => ({ deadline, wake: () => {} });

describe('ParkingLot', () => {
  it('returns the callers that were parked first', () => {
    const lot = new ParkingLot();
    const [a, b, c] = [parked(3), parked(1), parked(2)];
    for (const one of [a, b, c]) lot.add(one);
    expect(lot.take(2)).toEqual([a, b]);
    expect([lot.size, lot.take(5)]).toEqual([1, [c]]);
  });

  it('finds expired deadlines, and knows the earliest one that is left', () => {
    const lot = new ParkingLot();
    const [late, soon] = [parked(50), parked(10)];
    lot.add(late);
    lot.add(soon);
    expect(lot.earliestDeadline).toBe(10);
    expect(lot.takeExpired(9)).toEqual([]);
    expect(lot.takeExpired(10)).toEqual([soon]);
    expect(lot.earliestDeadline).toBe(50);
    lot.remove(late);
    expect(lot.earliestDeadline).toBe(Infinity);
  });
});
