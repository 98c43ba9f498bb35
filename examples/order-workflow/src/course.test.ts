import { expect, it } from 'vitest';
import { Course } from './course.ts';

it('is healthy until somebody says that the outage began', () => {
  expect(Course.ofDrill(8).phaseAt(1e9)).toBe('healthy');
});

it('knows the phases of its past', () => {
  const course = Course.ofDrill(8);
  course.outageFrom = 2_000;
  course.outageTo = 11_000;
  expect([0, 2_000, 10_999, 11_000].map((at) => course.phaseAt(at))).toEqual([
    'healthy',
    'outage',
    'outage',
    'recovery',
  ]);
});

it('kills once in the outage, once after it, and no more', () => {
  const course = Course.ofDrill(8);
  expect(course.nextKill(0)).toBe(Infinity);
  course.outageFrom = 2_000;
  expect(course.nextKill(0)).toBeGreaterThan(2_000);
  expect(course.nextKill(0)).toBeLessThan(10_000);
  expect(course.nextKill(1)).toBe(Infinity);
  course.outageTo = 11_000;
  expect(course.nextKill(1)).toBeGreaterThan(11_000);
  expect(course.nextKill(2)).toBe(Infinity);
});

it('kills nobody in a benchmark, and has all orders come in at once', () => {
  const course = Course.ofBench(5);
  course.outageFrom = 0;
  expect(course.nextKill(0)).toBe(Infinity);
  expect(course.ordersUntil).toBeLessThan(10);
});
