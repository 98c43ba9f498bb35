import { describe, expect, it } from 'vitest';
import {
  machineWith,
  queue,
  serve,
  serveFew,
  serveToChange,
} from '../../../test/support/limit-machine.ts';
import type { LimitMachine } from './machine.ts';

describe('the slots of a LimitMachine', () => {
  it('are as many as the limit', () => {
    const machine = machineWith({ initialLimit: 3 });
    expect([1, 2, 3, 4].map(() => machine.enter(0))).toEqual([true, true, true, false]);
    expect(machine.inFlight).toBe(3);
    machine.leave();
    expect(machine.inFlight).toBe(2);
    expect(machine.enter(0)).toBe(true);
  });

  it.each([
    [0, 100],
    [1, 95],
    [2, 90],
    [3, 85],
  ])('leave half the square root of the limit free for each rank above %d', (rank, most) => {
    const machine = machineWith({ initialLimit: 100 });
    while (machine.enter(rank));
    expect(machine.inFlight).toBe(most);
  });

  it('are free for any rank while nothing is in flight', () => {
    const machine = machineWith({ initialLimit: 1 });
    expect(machine.enter(3)).toBe(true);
    expect(machine.enter(0)).toBe(false);
    machine.leave();
    expect(machine.enter(3)).toBe(true);
  });
});

describe('the limit of a LimitMachine', () => {
  it('is the initial one before any sample', () => {
    const machine = machineWith();
    expect(machine.limit).toBe(20);
    expect(machine.baselineMs).toBeNaN();
    serveFew(machine, 50, 19);
    expect(machine.limit).toBe(20);
    expect(machine.baselineMs).toBeNaN();
  });

  it('does not change after a single sample', () => {
    const machine = machineWith();
    machine.enter(0);
    machine.record(1e9);
    machine.leave();
    expect(machine.limit).toBe(20);
  });

  it('takes the first window for the latency without a queue', () => {
    const machine = machineWith();
    serveFew(machine, 50, 20);
    expect(machine.baselineMs).toBe(50);
  });

  it('does not grow if it is not used', () => {
    const machine = machineWith();
    serveFew(machine, 50, 10_000, 10);
    expect(machine.limit).toBe(20);
  });

  it('grows if more than half of it is used', () => {
    const machine = machineWith();
    serveFew(machine, 50, 20, 11);
    expect(machine.limit).toBe(30);
  });

  it('grows if more than half of it was used at some time', () => {
    const machine = machineWith();
    for (let i = 0; i < 11; i++) machine.enter(0);
    for (let i = 0; i < 10; i++) machine.leave();
    serveFew(machine, 50, 20);
    expect(machine.limit).toBe(30);
  });

  it('grows by half at first, then at least by its square root', () => {
    const machine = machineWith({ initialLimit: 4 });
    serveFew(machine, 50, 20, 4);
    expect(machine.limit).toBe(6);
    // One round is left out, for it began at the limit before.
    serveFew(machine, 50, 24, 4);
    expect(machine.limit).toBe(9);
  });

  it('finds the number of servers, up to the tolerance of the latency and the slack', () => {
    const machine = machineWith();
    serve(machine, queue(40, 50), 20_000);
    expect(machine.limit).toBeGreaterThanOrEqual(40);
    expect(machine.limit).toBeLessThanOrEqual(80);
    expect(machine.baselineMs).toBeCloseTo(50, 0);
  });

  it('follows the number of servers down and up again', () => {
    const machine = machineWith();
    serve(machine, queue(100, 50), 40_000);
    const full = machine.limit;
    serve(machine, queue(50, 50), 40_000);
    const half = machine.limit;
    serve(machine, queue(100, 50), 40_000);
    expect(full).toBeGreaterThanOrEqual(100);
    expect(half).toBeGreaterThanOrEqual(50);
    expect(half).toBeLessThan(100);
    expect(machine.limit).toBeGreaterThanOrEqual(100);
  });

  it('is cut by at most half at once', () => {
    const machine = machineWith({ initialLimit: 64 });
    serveFew(machine, 50, 64, 20);
    serveFew(machine, 5000, 64, 64);
    expect(machine.limit).toBe(32);
  });

  it('is cut in proportion to the latency', () => {
    const machine = machineWith({ initialLimit: 100 });
    serveFew(machine, 50, 40, 20);
    serveFew(machine, 100, 100, 100);
    // The bound is 1.5 and a tenth times the baseline: 80 of 100.
    expect(machine.limit).toBe(80);
  });

  it('is cut to what was in use if it was not fully used', () => {
    const machine = machineWith({ initialLimit: 100 });
    serveFew(machine, 50, 40, 20);
    serveFew(machine, 100, 64, 64);
    // 1.5 and an eighth times the baseline is 81.25, of 64 in use.
    expect(machine.limit).toBe(52);
  });

  it('stays within its bounds, whatever the latency', () => {
    const machine = machineWith({ minLimit: 5, maxLimit: 30 });
    serve(machine, () => 10, 10_000);
    expect(machine.limit).toBe(30);
    for (let ms = 20; ms < 1e6; ms *= 2) {
      serve(machine, () => ms, 500);
      expect(machine.limit).toBeGreaterThanOrEqual(5);
      expect(machine.limit).toBeLessThanOrEqual(30);
    }
  });

  it('is not cut for a latency just at the bound', () => {
    const machine = machineWith({ initialLimit: 100 });
    serveFew(machine, 50, 20, 4);
    // One and a half, and one over the square root of four: twice the baseline.
    serveFew(machine, 100, 20, 4);
    expect(machine.limit).toBe(100);
    expect(machine.baselineMs).toBeCloseTo(51);
  });

  it('is judged by shorter windows the smaller it is', () => {
    const scattered = (i: number): number => (i % 2) * 100;
    const small = machineWith({ initialLimit: 4 });
    const large = machineWith({ initialLimit: 100 });
    expect(serveToChange(small, (i) => serveFew(small, scattered(i), 1, 4))).toBe(43);
    expect(serveToChange(large, (i) => serveFew(large, scattered(i), 1, 60))).toBe(123);
  });

  it('is not cut for less than a millisecond', () => {
    const machine = machineWith();
    serveFew(machine, 0.2, 40, 5);
    serve(machine, () => 1.19, 60);
    expect(machine.limit).toBeGreaterThan(20);
  });
});

describe('odd samples', () => {
  it.each([Number.NaN, Infinity, -Infinity, -1])('do not include %d, which is left out', (ms) => {
    const machine = machineWith();
    serveFew(machine, 50, 20, 5);
    for (let i = 0; i < 1000; i++) {
      machine.enter(0);
      machine.record(ms);
      machine.leave();
    }
    expect(machine.limit).toBe(20);
    expect(machine.baselineMs).toBe(50);
  });

  it('may be zeros, which are latencies like others', () => {
    const machine = machineWith();
    serve(machine, () => 0, 1000);
    expect(machine.baselineMs).toBe(0);
    expect(machine.limit).toBeGreaterThan(20);
    expect(machine.limit).toBeLessThanOrEqual(1000);
  });

  it('may be zeros, after which a latency is noticed', () => {
    const machine = machineWith();
    serveFew(machine, 0, 20, 5);
    serveFew(machine, 5, 20, 5);
    expect(machine.limit).toBe(10);
  });

  it('may be one hung call among many, which is no trend', () => {
    const machine = machineWith();
    serveFew(machine, 50, 40, 15);
    const { limit } = machine;
    serveFew(machine, 50, 150, 15);
    machine.enter(0);
    machine.record(3_600_000);
    machine.leave();
    serveFew(machine, 50, 500, 15);
    expect(machine.limit).toBeGreaterThanOrEqual(limit);
    expect(machine.baselineMs).toBeLessThan(55);
  });
});

describe('failures', () => {
  function failAll(machine: LimitMachine, count: number): void {
    for (let i = 0; i < count; i++) {
      machine.enter(0);
      machine.recordFailure();
      machine.leave();
    }
  }

  it('lower the limit by a tenth for each window in which they are the majority', () => {
    const machine = machineWith();
    failAll(machine, 20);
    expect(machine.limit).toBe(18);
    expect(machine.baselineMs).toBeNaN();
    // The first is left out: it began at the limit before.
    failAll(machine, 21);
    expect(machine.limit).toBe(16);
  });

  it('change nothing while they are not the majority', () => {
    const machine = machineWith();
    for (let i = 0; i < 1000; i++) {
      failAll(machine, 1);
      serveFew(machine, 50, 1);
    }
    expect(machine.limit).toBe(20);
    expect(machine.baselineMs).toBe(50);
  });

  it('never lower the limit below its minimum, or clear the baseline', () => {
    const machine = machineWith({ minLimit: 2 });
    serveFew(machine, 50, 20);
    failAll(machine, 10_000);
    expect(machine.limit).toBe(2);
    expect(machine.baselineMs).toBe(50);
    serve(machine, () => 50, 2000);
    expect(machine.limit).toBeGreaterThan(20);
  });
});

describe('the spacing of timed calls', () => {
  it('is wide if calls take less than a tenth of a millisecond', () => {
    const machine = machineWith();
    expect(machine.spacing).toBe(1);
    serveFew(machine, 0.09, 20);
    expect(machine.spacing).toBe(64);
    serveFew(machine, 0.1, 20);
    expect(machine.spacing).toBe(1);
  });
});
