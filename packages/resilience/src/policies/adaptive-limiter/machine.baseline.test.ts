import { describe, expect, it } from 'vitest';
import {
  crowd,
  machineWith,
  queue,
  serve,
  serveFew,
  serveToChange,
} from '../../../test/support/limit-machine.ts';
import type { LimitMachine } from './machine.ts';

describe('the baseline', () => {
  it('rises slowly while no call is rejected, and falls ten times as fast', () => {
    const machine = machineWith();
    serveFew(machine, 50, 20, 5);
    serveFew(machine, 60, 20, 5);
    expect(machine.baselineMs).toBeCloseTo(50 + 0.02 * 10);
    serveFew(machine, 40.2, 20, 5);
    expect(machine.baselineMs).toBeCloseTo(50.2 - 0.2 * 10);
  });

  it('does not drift during a lasting overload', () => {
    const machine = machineWith();
    serve(machine, queue(10, 50), 200_000);
    expect(machine.baselineMs).toBeGreaterThan(45);
    expect(machine.baselineMs).toBeLessThan(55);
    expect(machine.limit).toBeLessThan(30);
  });

  it('is found even if the first calls meet an overload', () => {
    const machine = machineWith({ initialLimit: 200 });
    serve(machine, queue(10, 50), 10_000);
    expect(machine.baselineMs).toBeLessThan(60);
    expect(machine.limit).toBeLessThan(30);
  });

  it('follows a dependency that has become permanently slower', () => {
    const machine = machineWith();
    serve(machine, queue(40, 50), 20_000);
    serve(machine, queue(40, 250), 20_000);
    expect(machine.limit).toBeGreaterThanOrEqual(40);
    expect(machine.limit).toBeLessThan(120);
    serve(machine, queue(40, 50), 20_000);
    expect(machine.baselineMs).toBeLessThan(60);
    expect(machine.limit).toBeLessThan(100);
  });

  it('follows a dependency that became slower while the limit was at its minimum', () => {
    const machine = machineWith({ initialLimit: 1, maxLimit: 1 });
    serve(machine, () => 10, 200);
    serve(machine, () => 1000, 200);
    expect(machine.limit).toBe(1);
    expect(machine.baselineMs).toBeGreaterThan(300);
  });
});

describe('a calibration', () => {
  /** A machine that has begun its first calibration: one window of 50 ms, and the limit all used. */
  function probing(initialLimit = 16): LimitMachine {
    const machine = machineWith({ initialLimit });
    serve(machine, () => 50, 20);
    return machine;
  }

  /** Serves until the calibration is over; gives how many calls that took. */
  function finish(machine: LimitMachine, ms: (i: number) => number): number {
    return serveToChange(machine, (i) => serve(machine, () => ms(i), 1));
  }

  it('follows the first window with a rejection, at a quarter of the limit', () => {
    const machine = probing();
    // It had grown to 24 by then.
    expect(machine.limit).toBe(6);
    expect(finish(machine, () => 50)).toBe(16 + 20);
    expect(machine.limit).toBe(24);
    expect(machine.baselineMs).toBe(50);
  });

  it('does not go below the minimum limit', () => {
    const machine = machineWith({ initialLimit: 16, minLimit: 10 });
    serve(machine, () => 50, 20);
    expect(machine.limit).toBe(10);
  });

  it('lowers the baseline by most of the difference if it measures much less', () => {
    const machine = probing();
    finish(machine, () => 30);
    expect(machine.baselineMs).toBeCloseTo(50 - 0.7 * 20);
    // The next one follows at the first window that rejects.
    finish(machine, () => 30);
    expect(machine.limit).toBeLessThan(10);
  });

  it.each([
    [40, 47],
    [51, 50.3],
    [52.5, 50],
    [60, 50],
  ])('of %d ms turns a baseline of 50 ms into %d', (ms, baseline) => {
    const machine = probing();
    finish(machine, () => ms);
    expect(machine.baselineMs).toBeCloseTo(baseline);
  });

  it.each([
    ['50 samples at least', 4, 50],
    ['ten for each call that it admits', 16, 60],
    ['100 samples', 100, 100],
  ])('takes no more than %s', (_, initialLimit, samples) => {
    const machine = probing(initialLimit);
    expect(finish(machine, (i) => (i % 2) * 100)).toBe(initialLimit + samples);
  });

  it('ends if most calls fail', () => {
    const machine = probing();
    for (let i = 0; i < 36; i++) {
      crowd(machine);
      machine.recordFailure();
      machine.leave();
    }
    expect(machine.limit).toBe(21);
    expect(machine.baselineMs).toBe(50);
  });

  it('is due again after a hundred windows with rejections', () => {
    const machine = machineWith({ initialLimit: 16, maxLimit: 16 });
    serve(machine, () => 50, 20);
    expect(machine.limit).toBe(4);
    expect(finish(machine, () => 50)).toBe(16 + 20);
    // Nothing changes the limit meanwhile but the calibration.
    expect(finish(machine, () => 50)).toBe(4 + 100 * 20);
    expect(machine.limit).toBe(4);
  });

  it('is not needed for a much lower latency: each window closes half the difference', () => {
    const machine = machineWith({ initialLimit: 16, maxLimit: 16 });
    serve(machine, () => 50, 20 + 16 + 20);
    serve(machine, () => 40, 4 + 20);
    expect(machine.baselineMs).toBe(50);
    serve(machine, () => 30, 20);
    expect(machine.baselineMs).toBe(40);
  });
});

describe('cuts that do not lower the latency', () => {
  /** A machine that knows 50 ms, with a limit of 64 of which a third was used. */
  function knowing(): LimitMachine {
    const machine = machineWith({ initialLimit: 64 });
    serveFew(machine, 50, 40, 20);
    return machine;
  }

  /** Serves until the limit rises; gives the lowest that it was, and what it rose to. */
  function serveToRise(machine: LimitMachine, ms: number): { lowest: number; risen: number } {
    let lowest = machine.limit;
    for (let i = 0; i < 5000 && machine.limit <= lowest; i++) {
      lowest = machine.limit;
      serveFew(machine, ms, 1, 64);
    }
    return { lowest, risen: machine.limit };
  }

  it('end if an eighth of the load is as slow, and restore the limit before them', () => {
    const machine = knowing();
    const { lowest, risen } = serveToRise(machine, 150);
    expect(lowest).toBeGreaterThan(3);
    expect(lowest).toBeLessThanOrEqual(8);
    expect(risen).toBe(64);
    expect(machine.baselineMs).toBeCloseTo(100);
  });

  it('are not compared with a capped latency', () => {
    const machine = knowing();
    const { lowest, risen } = serveToRise(machine, 5000);
    // Ten times the usual is all that the first window saw, so the second is what counts.
    expect(lowest).toBe(4);
    expect(risen).toBe(32);
    expect(machine.baselineMs).toBeCloseTo(5000 / 1.5);
  });
});
