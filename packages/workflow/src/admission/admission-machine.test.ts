import { describe, expect, it } from 'vitest';
import { AdmissionMachine } from './admission-machine.ts';
import type { AdmittedCall } from './admission-machine.ts';

const begin = (machine: AdmissionMachine, count: number): AdmittedCall[] =>
  Array.from({ length: count }, () => machine.begin());

describe('an AdmissionMachine with a cold start', () => {
  it('begins with the trial calls, and doubles from wave to wave up to its maximum', () => {
    const machine = new AdmissionMachine({ trialCalls: 2, max: 25, coldStart: true });
    const waves: number[] = [];
    for (let wave = 0; wave < 6; wave += 1) {
      const calls: AdmittedCall[] = [];
      while (machine.decide() === 'admit') calls.push(machine.begin());
      waves.push(calls.length);
      for (const call of calls) machine.end(call, 'success');
    }
    expect(waves).toEqual([2, 4, 8, 16, 25, 25]);
  });

  it('lets callers wait while the limit is reached', () => {
    const machine = new AdmissionMachine({ trialCalls: 2, max: 25, coldStart: true });
    const [first] = begin(machine, 2);
    expect(machine.decide()).toBe('wait');
    machine.end(first!, 'none');
    expect(machine.decide()).toBe('admit');
  });

  it('halves the limit after a failure, but not below the number of trial calls', () => {
    const machine = new AdmissionMachine({ trialCalls: 2, max: 100, coldStart: true });
    for (const call of begin(machine, 8)) machine.end(call, 'success');
    expect(machine.limit).toBe(10);
    machine.end(machine.begin(), 'failure');
    expect(machine.limit).toBe(5);
    for (let i = 0; i < 9; i += 1) machine.end(machine.begin(), 'failure');
    expect(machine.limit).toBe(2);
  });

  it('removes a limit that has grown very high', () => {
    const machine = new AdmissionMachine({ trialCalls: 2, max: Infinity, coldStart: true });
    for (let i = 0; i < 1_022; i += 1) machine.end(machine.begin(), 'success');
    expect(machine.limit).toBe(Infinity);
  });
});

describe('an AdmissionMachine whose circuit opens', () => {
  it('parks all callers, and admits trial calls while the circuit is half-open', () => {
    const machine = new AdmissionMachine({ trialCalls: 2, max: 10, coldStart: false });
    machine.observe('open');
    expect([machine.decide(), machine.wakeCount(0)]).toEqual(['park', 0]);
    machine.observe('halfOpen');
    expect(machine.wakeCount(0)).toBe(2);
    begin(machine, 2);
    expect([machine.decide(), machine.wakeCount(0)]).toEqual(['park', 0]);
  });

  it('does not count calls that began before the circuit opened', () => {
    const machine = new AdmissionMachine({ trialCalls: 2, max: 10, coldStart: false });
    const calls = begin(machine, 10);
    machine.observe('open');
    machine.observe('halfOpen');
    expect(machine.active).toBe(0);
    for (const call of calls) machine.end(call, 'success');
    expect([machine.active, machine.limit]).toEqual([0, 2]);
  });

  it('wakes two waves once the circuit is closed: one to run, and one to be ready', () => {
    const machine = new AdmissionMachine({ trialCalls: 2, max: 10, coldStart: false });
    machine.observe('open');
    machine.observe('closed');
    expect(machine.wakeCount(0)).toBe(4);
    expect(machine.wakeCount(3)).toBe(1);
    begin(machine, 2);
    expect(machine.wakeCount(2)).toBe(0);
  });

  it('admits other trial calls if the first ones never end', () => {
    const machine = new AdmissionMachine({ trialCalls: 1, max: 10, coldStart: false });
    machine.observe('halfOpen');
    machine.begin();
    expect(machine.decide()).toBe('park');
    machine.startGeneration();
    expect(machine.decide()).toBe('admit');
  });
});

describe('an AdmissionMachine without a circuit', () => {
  it('begins with its maximum, which can only be lowered', () => {
    const machine = new AdmissionMachine({ trialCalls: 2, max: 10, coldStart: false });
    expect(machine.limit).toBe(10);
    machine.lowerMax(4);
    machine.lowerMax(7);
    expect(machine.limit).toBe(4);
  });
});
