import { describe, expect, it } from 'vitest';
import { ParkingLot } from './parking-lot.ts';

const parked = (deadline: number) => ({ deadline, wake: () => {} });

describe('a parking lot', () => {
  it('gives back those who came first', () => {
    const lot = new ParkingLot();
    const [a, b, c] = [parked(3), parked(1), parked(2)];
    for (const one of [a, b, c]) lot.add(one);
    expect(lot.take(2)).toEqual([a, b]);
    expect([lot.size, lot.take(5)]).toEqual([1, [c]]);
  });

  it('finds those whose time is over, and knows when the next may be', () => {
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
