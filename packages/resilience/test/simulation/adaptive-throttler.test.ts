import { describe, expect, it } from 'vitest';
import { outage, ThrottlerRun } from './throttler-run.ts';

const cases = [
  { callsPerSecond: 20, seed: 1 },
  { callsPerSecond: 100, seed: 2 },
  { callsPerSecond: 100, seed: 3 },
  { callsPerSecond: 1000, seed: 4 },
];

describe.each(cases)('an adaptive throttler with $callsPerSecond calls per second', (each) => {
  const { callsPerSecond, seed } = each;
  const busy = callsPerSecond > 20;

  it('sends few calls to a dead service, and all calls soon after it is back', () => {
    const run = new ThrottlerRun(seed, callsPerSecond).run(outage);
    const [up, falling, down, rising, back] = [
      run.between(0, 30),
      run.between(30, 45),
      run.between(45, 60),
      run.between(60, 75),
      run.between(75, 90),
    ];
    expect(up.sent).toBe(up.offered);
    expect(falling.sent).toBeLessThan(0.75 * falling.offered);
    expect(down.sent).toBeLessThan((busy ? 0.15 : 0.3) * down.offered);
    expect(down.sent).toBeGreaterThan(0.05 * down.offered);
    expect(rising.sent).toBeGreaterThan(0.5 * rising.offered);
    expect(back.sent).toBe(back.offered);
  });

  it('rejects nothing if a third of the calls fail', () => {
    const run = new ThrottlerRun(seed, callsPerSecond).run([{ seconds: 60, failing: 0.33 }]);
    const { offered, sent } = run.between(0, 60);
    expect(sent).toBeGreaterThan(0.999 * offered);
  });

  it('rejects half the calls if three quarters fail', () => {
    const run = new ThrottlerRun(seed, callsPerSecond).run([{ seconds: 90, failing: 0.75 }]);
    const { offered, sent } = run.between(30, 90);
    expect(sent / offered).toBeGreaterThan(0.4);
    expect(sent / offered).toBeLessThan(0.65);
  });

  it('removes most of the load from a service that can serve a tenth of it, but no successes', () => {
    const capacity = callsPerSecond / 10;
    const run = new ThrottlerRun(seed, callsPerSecond).run([{ seconds: 90, failing: 0, capacity }]);
    const { offered, sent, succeeded } = run.between(30, 90);
    expect(sent).toBeLessThan(0.6 * offered);
    expect(succeeded).toBeGreaterThan(0.9 * capacity * 60);
  });
});
