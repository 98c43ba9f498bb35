import { describe, expect, it } from 'vitest';
import { ThrottleMachine } from './machine.ts';
import type { ThrottleRules } from './machine.ts';
import { failed } from '../../../test/support/outcomes.ts';

class World {
  at = 0;
  reads = 0;
  readonly machine: ThrottleMachine;

  constructor(rules: Partial<ThrottleRules> = {}) {
    const all = { window: 10_000, failureTolerance: 0.5, maxRejectionRate: 0.9, ...rules };
    this.machine = new ThrottleMachine(all, this);
  }

  now(): number {
    this.reads++;
    return this.at;
  }

  play(outcomes: string): this {
    for (const outcome of outcomes) {
      if (failed(outcome)) this.machine.recordFailure();
      else this.machine.recordSuccess();
    }
    return this;
  }
}

describe('the share that a ThrottleMachine rejects', () => {
  it('is 0 before the first outcome', () => {
    const { machine } = new World();
    expect(machine.rejectionRate).toBe(0);
    expect(machine.calm).toBe(true);
  });

  it('is 0 up to the tolerance plus five failures', () => {
    const { machine } = new World().play('00000');
    expect(machine.rejectionRate).toBe(0);
    expect(machine.calm).toBe(true);
  });

  it('grows linearly above the tolerance', () => {
    // Of 11 with the benefit of the doubt, 6 failed: half a call above the half.
    expect(new World().play('000000').machine.rejectionRate).toBeCloseTo(0.5 / 5.5);
    expect(new World().play('0'.repeat(15)).machine.rejectionRate).toBeCloseTo(0.5);
    expect(new World().play('0'.repeat(45)).machine.rejectionRate).toBeCloseTo(0.8);
  });

  it('is the failure rate if nothing is tolerated', () => {
    const { machine } = new World({ failureTolerance: 0 }).play('01111');
    expect(machine.rejectionRate).toBeCloseTo(0.1);
    expect(machine.calm).toBe(false);
  });

  it('never exceeds its maximum', () => {
    expect(new World().play('0'.repeat(10_000)).machine.rejectionRate).toBe(0.9);
    const none = new World({ maxRejectionRate: 0 }).play('0'.repeat(100));
    expect(none.machine.rejectionRate).toBe(0);
    expect(none.machine.calm).toBe(true);
  });

  it('depends on earlier and later successes alike', () => {
    const world = new World().play('1'.repeat(45)).play('0'.repeat(75));
    expect(world.machine.rejectionRate).toBeCloseTo((75 / 125 - 0.5) / 0.5);
    world.play('1'.repeat(20));
    expect(world.machine.rejectionRate).toBeCloseTo((75 / 145 - 0.5) / 0.5);
    expect(world.machine.calm).toBe(false);
    world.play('1'.repeat(5));
    expect(world.machine.rejectionRate).toBe(0);
    expect(world.machine.calm).toBe(true);
  });

  it('does not depend on outcomes older than the window, even when it is only read', () => {
    const world = new World().play('0'.repeat(100));
    world.at = 9_700;
    expect(world.machine.calm).toBe(false);
    world.at = 10_000;
    expect(world.machine.rejectionRate).toBe(0);
    expect(world.machine.calm).toBe(true);
  });

  it('does not depend on older successes either, including those counted in a batch', () => {
    const world = new World();
    world.play('1'.repeat(1_000));
    world.at = 9_000;
    world.play('0'.repeat(20));
    expect(world.machine.rejectionRate).toBe(0);
    world.at = 10_000;
    expect(world.machine.rejectionRate).toBeCloseTo(0.6);
  });

  it('counts the successes of a batch at the earliest possible time', () => {
    const world = new World();
    world.play('1'.repeat(3));
    world.at = 5_000;
    world.play('1');
    world.at = 10_000;
    // Four successes came in the first half; the fourth waited in a batch since time 0.
    expect(world.play('0'.repeat(15)).machine.rejectionRate).toBeCloseTo(0.5);
  });

  it('treats a clock that steps back as one that stands still', () => {
    const world = new World();
    world.at = 5_000;
    world.play('0'.repeat(15));
    world.at = 0;
    expect(world.machine.rejectionRate).toBeCloseTo(0.5);
    world.play('1'.repeat(60));
    expect(world.machine.rejectionRate).toBe(0);
  });
});

describe('reading the clock', () => {
  it.each([
    [0, 0],
    [1e6, 0],
    [1e6, 1],
  ])('happens once for 16 fast successes: from %d on, each %d ms', (from, ms) => {
    const world = new World();
    world.at = from;
    world.play('1'.repeat(32));
    world.reads = 0;
    for (let i = 0; i < 160; i++) {
      world.at += ms;
      world.play('1');
    }
    expect(world.reads).toBe(10);
  });

  it('happens once for each slow success', () => {
    const world = new World();
    world.at = 63;
    world.play('1');
    world.reads = 0;
    for (let i = 0; i < 100; i++) {
      world.at += 63;
      world.play('1');
    }
    expect(world.reads).toBeGreaterThanOrEqual(100);
  });

  it('does not happen while the machine rejects nothing', () => {
    const world = new World();
    world.reads = 0;
    expect(world.machine.calm).toBe(true);
    expect(world.reads).toBe(0);
    world.play('0');
    expect(world.machine.calm).toBe(true);
    world.reads = 0;
    expect(world.machine.calm).toBe(true);
    expect(world.reads).toBe(0);
  });
});
