import { expect, it } from 'vitest';
import { Timeline } from './timeline.ts';

it('is healthy until somebody says that the outage began', () => {
  expect(Timeline.ofDrill(8).phaseAt(1e9)).toBe('healthy');
});

it('knows the phases of its past', () => {
  const timeline = Timeline.ofDrill(8);
  timeline.outageFrom = 2_000;
  timeline.outageTo = 11_000;
  expect([0, 2_000, 10_999, 11_000].map((at) => timeline.phaseAt(at))).toEqual([
    'healthy',
    'outage',
    'outage',
    'recovery',
  ]);
});

it('kills once in the outage, once after it, and no more', () => {
  const timeline = Timeline.ofDrill(8);
  expect(timeline.nextKill(0)).toBe(Infinity);
  timeline.outageFrom = 2_000;
  expect(timeline.nextKill(0)).toBeGreaterThan(2_000);
  expect(timeline.nextKill(0)).toBeLessThan(10_000);
  expect(timeline.nextKill(1)).toBe(Infinity);
  timeline.outageTo = 11_000;
  expect(timeline.nextKill(1)).toBeGreaterThan(11_000);
  expect(timeline.nextKill(2)).toBe(Infinity);
});

it('kills nobody in a benchmark, and has all orders come in at once', () => {
  const timeline = Timeline.ofBench(5);
  timeline.outageFrom = 0;
  expect(timeline.nextKill(0)).toBe(Infinity);
  expect(timeline.ordersUntil).toBeLessThan(10);
});
