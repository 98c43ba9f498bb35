import { describe, expect, it } from 'vitest';
import { phaseAt, phaseNamed, phasesOf } from './script.ts';

describe('the script', () => {
  it('leaves no moment of the drill without a phase', () => {
    const phases = phasesOf(20);
    expect(phases[0]!.from).toBe(0);
    expect(phases.at(-1)!.to).toBeCloseTo(20_000);
    for (const [i, { to }] of phases.slice(0, -1).entries()) {
      expect(phases[i + 1]!.from).toBe(to);
    }
  });

  it('stretches with the length of the drill', () => {
    const [short, long] = [phasesOf(10), phasesOf(40)];
    for (const [i, { from }] of short.entries()) expect(long[i]!.from).toBeCloseTo(from * 4);
  });

  it('begins a phase at its first moment', () => {
    const phases = phasesOf(20);
    const { from } = phaseNamed(phases, 'outage');
    expect(phaseAt(phases, from).name).toBe('outage');
    expect(phaseAt(phases, from - 1).name).toBe('slow');
  });

  it('stays in the last phase after the end, and in the first before the start', () => {
    const phases = phasesOf(20);
    expect(phaseAt(phases, 1e9).name).toBe('recovery');
    expect(phaseAt(phases, -1).name).toBe('healthy');
  });
});
