import { describe, expect, it } from 'vitest';
import { GateMachine } from './gate-machine.ts';
import type { Admission } from './gate-machine.ts';

const enter = (machine: GateMachine, count: number): Admission[] =>
  Array.from({ length: count }, () => machine.enter());

describe('a gate, cold', () => {
  it('begins with the canaries, and doubles from wave to wave up to its most', () => {
    const machine = new GateMachine({ canaries: 2, max: 25, cold: true });
    const waves: number[] = [];
    for (let wave = 0; wave < 6; wave += 1) {
      const calls: Admission[] = [];
      while (machine.admit() === 'enter') calls.push(machine.enter());
      waves.push(calls.length);
      for (const call of calls) machine.leave(call, 'success');
    }
    expect(waves).toEqual([2, 4, 8, 16, 25, 25]);
  });

  it('has callers wait for a turn once the service has its fill', () => {
    const machine = new GateMachine({ canaries: 2, max: 25, cold: true });
    const [first] = enter(machine, 2);
    expect(machine.admit()).toBe('wait');
    machine.leave(first!, 'none');
    expect(machine.admit()).toBe('enter');
  });

  it('calls half as often after a failure, but never less than the canaries', () => {
    const machine = new GateMachine({ canaries: 2, max: 100, cold: true });
    for (const call of enter(machine, 8)) machine.leave(call, 'success');
    expect(machine.limit).toBe(10);
    machine.leave(machine.enter(), 'failure');
    expect(machine.limit).toBe(5);
    for (let i = 0; i < 9; i += 1) machine.leave(machine.enter(), 'failure');
    expect(machine.limit).toBe(2);
  });

  it('lifts a limit that limits nothing any more', () => {
    const machine = new GateMachine({ canaries: 2, max: Infinity, cold: true });
    for (let i = 0; i < 1_022; i += 1) machine.leave(machine.enter(), 'success');
    expect(machine.limit).toBe(Infinity);
  });
});

describe('a gate whose circuit opens', () => {
  it('refuses everybody, and lets canaries in at half-open', () => {
    const machine = new GateMachine({ canaries: 2, max: 10, cold: false });
    machine.observe('open');
    expect([machine.admit(), machine.wakes(0)]).toEqual(['refuse', 0]);
    machine.observe('halfOpen');
    expect(machine.wakes(0)).toBe(2);
    enter(machine, 2);
    expect([machine.admit(), machine.wakes(0)]).toEqual(['refuse', 0]);
  });

  it('does not count the calls from before', () => {
    const machine = new GateMachine({ canaries: 2, max: 10, cold: false });
    const calls = enter(machine, 10);
    machine.observe('open');
    machine.observe('halfOpen');
    expect(machine.active).toBe(0);
    for (const call of calls) machine.leave(call, 'success');
    expect([machine.active, machine.limit]).toEqual([0, 2]);
  });

  it('wakes one wave to run and one to be at hand once it is closed', () => {
    const machine = new GateMachine({ canaries: 2, max: 10, cold: false });
    machine.observe('open');
    machine.observe('closed');
    expect(machine.wakes(0)).toBe(4);
    expect(machine.wakes(3)).toBe(1);
    enter(machine, 2);
    expect(machine.wakes(2)).toBe(0);
  });

  it('lets others test the service where the canaries never come back', () => {
    const machine = new GateMachine({ canaries: 1, max: 10, cold: false });
    machine.observe('halfOpen');
    machine.enter();
    expect(machine.admit()).toBe('refuse');
    machine.renew();
    expect(machine.admit()).toBe('enter');
  });
});

describe('a gate without a circuit', () => {
  it('begins with all that its bulkhead allows, and may be tightened', () => {
    const machine = new GateMachine({ canaries: 2, max: 10, cold: false });
    expect(machine.limit).toBe(10);
    machine.tighten(4);
    machine.tighten(7);
    expect(machine.limit).toBe(4);
  });
});
