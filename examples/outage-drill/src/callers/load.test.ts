import { ManualClock, seededRandom } from '@highway/resilience/testing';
import { describe, expect, it } from 'vitest';
import { startLoad } from './load.ts';

function load(rate: number, until: number): { clock: ManualClock; starts: number[]; stop(): void } {
  const clock = new ManualClock();
  const starts: number[] = [];
  const stop = startLoad({ clock, random: seededRandom(1), rate, until }, () => {
    starts.push(clock.now());
  });
  return { clock, starts, stop };
}

describe('the load', () => {
  it('begins one call in each slot, at a moment of its own', async () => {
    const { clock, starts } = load(10, 1000);
    await clock.advance(1000);
    expect(starts.map((at) => Math.floor(at / 100))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(new Set(starts.map((at) => at % 100)).size).toBeGreaterThan(1);
  });

  it('ends in time, and leaves no timer', async () => {
    const { clock, starts } = load(50, 2000);
    await clock.advance('10s');
    expect(starts).toHaveLength(100);
    expect(clock.pendingTimers).toBe(0);
  });

  it('makes up for calls that a late timer missed', () => {
    const starts: number[] = [];
    let now = 0;
    const timers: (() => void)[] = [];
    const clock = {
      now: () => now,
      setTimeout: (fn: () => void) => timers.push(fn),
      clearTimeout: () => undefined,
    };
    startLoad({ clock, random: () => 0, rate: 10, until: 1000 }, () => starts.push(now));
    now = 500;
    while (timers.length > 0) timers.shift()!();
    expect(starts).toHaveLength(10);
  });

  it('stops at once when asked', async () => {
    const { clock, starts, stop } = load(10, 1000);
    await clock.advance(500);
    const before = starts.length;
    stop();
    await clock.advance(500);
    expect(starts).toHaveLength(before);
    expect(clock.pendingTimers).toBe(0);
  });
});
