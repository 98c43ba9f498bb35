import { describe, expect, it } from 'vitest';
import { BlockedClock } from '../../test/server/support/blocked-clock.ts';
import { LoopDelay } from './loop-delay.ts';

/** A delay whose loop has had requests. */
function loaded() {
  const clock = new BlockedClock();
  const delay = new LoopDelay(clock);
  delay.touch(clock.now());
  clock.idle(100);
  return { clock, delay };
}

describe('the delay of the event loop', () => {
  it('is 0 while timers fire in time', () => {
    const { clock, delay } = loaded();
    expect(delay.current(clock.now())).toBe(0);
    expect(delay.smoothed(clock.now())).toBe(0);
    expect(delay.report(clock.now())).toBe(0);
  });

  it('counts a timer that is overdue before it fires', () => {
    const { clock, delay } = loaded();
    clock.block(320);
    expect(delay.current(clock.now())).toBe(300);
    expect(delay.smoothed(clock.now())).toBeGreaterThan(100);
    clock.run();
    expect(delay.current(clock.now())).toBe(300);
    clock.idle(20);
    expect(delay.current(clock.now())).toBe(0);
    expect(delay.smoothed(clock.now())).toBeGreaterThan(100);
  });

  it('takes a short pause for no overload, and many of them for one', () => {
    const { clock, delay } = loaded();
    clock.block(140);
    clock.run();
    expect(delay.current(clock.now())).toBe(120);
    expect(delay.smoothed(clock.now())).toBeLessThan(50);
    for (let i = 0; i < 10; i++) {
      clock.block(140);
      clock.run();
    }
    expect(delay.smoothed(clock.now())).toBeGreaterThan(100);
  });

  it('recovers when the loop is idle', () => {
    const { clock, delay } = loaded();
    clock.block(1_000);
    clock.run();
    expect(delay.report(clock.now())).toBe(980);
    clock.idle(1_000);
    expect(delay.report(clock.now())).toBeLessThan(100);
    clock.idle(2_000);
    expect(delay.report(clock.now())).toBeLessThan(1);
  });

  it('is no overload without requests, but reported', () => {
    const clock = new BlockedClock();
    const delay = new LoopDelay(clock);
    clock.block(520);
    delay.touch(clock.now());
    expect(delay.current(clock.now())).toBe(0);
    expect(delay.smoothed(clock.now())).toBe(0);
    expect(delay.report(clock.now())).toBe(500);
    clock.run();
    expect(delay.smoothed(clock.now())).toBe(0);
  });

  it('holds no timer ten seconds after the last request, and fades without one', () => {
    const { clock, delay } = loaded();
    clock.block(500);
    delay.touch(clock.now());
    clock.idle(12_000);
    expect(clock.pending).toHaveLength(0);
    expect(delay.report(clock.now())).toBeLessThan(1);
    clock.block(60_000);
    expect(delay.report(clock.now())).toBeLessThan(1);
    delay.touch(clock.now());
    expect(clock.pending).toHaveLength(1);
    expect(delay.current(clock.now())).toBe(0);
  });
});
