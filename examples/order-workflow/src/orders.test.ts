import { expect, it } from 'vitest';
import { makeOrders, unreachable } from './orders.ts';

it('makes the same orders from the same seed, and others from another', () => {
  expect(makeOrders(50, 1)).toEqual(makeOrders(50, 1));
  expect(makeOrders(50, 1)).not.toEqual(makeOrders(50, 2));
});

it('makes one order of twenty that nobody can ship, and one at least', () => {
  const rejected = (count: number): number =>
    makeOrders(count, 3).filter(({ country }) => country === unreachable).length;
  expect(rejected(100)).toBe(5);
  expect(rejected(10)).toBe(1);
});

it('gives each order an id of its own', () => {
  expect(new Set(makeOrders(100, 1).map(({ id }) => id)).size).toBe(100);
});
