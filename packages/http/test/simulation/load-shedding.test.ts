import { describe, expect, it } from 'vitest';
import { simulate } from './overload.ts';

/** What each kind of handler can do, in requests a second. */
const capacity = 200;
const kinds = (['cpu', 'io', 'both'] as const).flatMap((kind) => [
  { kind, fresh: false, on: 'standing connections' },
  { kind, fresh: true, on: 'new connections' },
]);

describe('a server at twice its capacity', () => {
  it.each(kinds)('answers hardly anyone in time without shedding ($kind, $on)', (way) => {
    const { good } = simulate({ ...way, rate: 2 * capacity, shedding: false });
    expect(good).toBeLessThan(0.1 * capacity);
  });

  it.each(kinds)('gives 80 % of its capacity as good answers ($kind, $on)', (way) => {
    for (const priorities of [true, false]) {
      const figures = simulate({ ...way, rate: 2 * capacity, shedding: true, priorities });
      expect(figures.good).toBeGreaterThan(0.8 * capacity);
      expect(figures.p99).toBeLessThan(500);
    }
  });

  it.each(kinds)('answers those that matter while it sheds the others ($kind, $on)', (way) => {
    const { goodOf } = simulate({ ...way, rate: 2 * capacity, shedding: true });
    expect(goodOf.high).toBeGreaterThan(0.99);
    expect(goodOf.low).toBeLessThan(0.5);
    expect(goodOf.normal).toBeGreaterThanOrEqual(goodOf.low);
  });
});

describe('a server below its capacity', () => {
  it.each(kinds)('sheds nobody at a third of it ($kind, $on)', (way) => {
    expect(simulate({ ...way, rate: capacity / 3, shedding: true })).toMatchObject({ shed: 0 });
  });

  it.each(kinds)('sheds hardly anyone at 70 % of it ($kind, $on)', (way) => {
    const { shed, goodOf } = simulate({ ...way, rate: 0.7 * capacity, shedding: true });
    expect(shed).toBeLessThan(0.02);
    expect(goodOf.high).toBe(1);
  });
});
