import { describe, expect, it } from 'vitest';
import type { CircuitChange } from '../report/records.ts';
import { phaseNamed, phasesOf } from '../service/script.ts';
import { fleetFiguresOf } from './fleet-figures.ts';
import type { FleetFigures } from './fleet-figures.ts';
import type { NodeTally } from './fleet-tally.ts';

const phases = phasesOf(20);
const outage = phaseNamed(phases, 'outage').from;
const recovery = phaseNamed(phases, 'recovery').from;
const end = 20_000;

/** A process whose circuit takes these states at these times. */
function node(changes: readonly (readonly [at: number, to: string])[], trialCalls: number[] = []) {
  let from = 'CLOSED';
  const circuit = changes.map(([at, to]): CircuitChange => {
    const change = { at, from, to };
    from = to;
    return change;
  });
  return { circuit, trialCalls, storeLosses: [] } satisfies NodeTally;
}

function figures(nodes: readonly NodeTally[], endedAt = end): FleetFigures {
  return fleetFiguresOf(nodes, endedAt, phases);
}

describe('the figures of a fleet', () => {
  it('name the first and the last process that starts to reject calls', () => {
    const nodes = [node([[outage + 900, 'OPEN']]), node([[outage + 300, 'OPEN']])];
    expect(figures(nodes)).toMatchObject({ firstRejectsAfter: 300, allRejectAfter: 900 });
  });

  it('count a process that rejected calls before the outage as immediate', () => {
    const nodes = [node([[outage - 100, 'OPEN']])];
    expect(figures(nodes)).toMatchObject({ firstRejectsAfter: 0, allRejectAfter: 0 });
  });

  it('have no last process if one never rejected calls during the outage', () => {
    const nodes = [node([[outage + 300, 'OPEN']]), node([[recovery + 1, 'OPEN']])];
    expect(figures(nodes)).toMatchObject({ firstRejectsAfter: 300, allRejectAfter: null });
  });

  it('wait until the last circuit closes for good', () => {
    const opened = [outage + 300, 'OPEN'] as const;
    const relapsing = node([
      opened,
      [recovery + 100, 'CLOSED'],
      [recovery + 500, 'OPEN'],
      [recovery + 2500, 'CLOSED'],
    ]);
    const nodes = [node([opened, [recovery + 700, 'CLOSED']]), relapsing];
    expect(figures(nodes).allClosedAfter).toBe(2500);
  });

  it('count circuits that never opened as closed at once', () => {
    expect(figures([node([])]).allClosedAfter).toBe(0);
  });

  it('have no time of recovery if a circuit is open at the end, or the drill ended before', () => {
    const nodes = [node([[outage + 300, 'OPEN']])];
    expect(figures(nodes).allClosedAfter).toBeNull();
    expect(figures([node([])], recovery - 1).allClosedAfter).toBeNull();
  });

  it('ignore what circuits do after the end of the drill', () => {
    const nodes = [
      node([
        [outage, 'OPEN'],
        [recovery + 50, 'CLOSED'],
        [end + 1, 'OPEN'],
      ]),
    ];
    expect(figures(nodes).allClosedAfter).toBe(50);
  });

  it('count trial calls by the phase that they fell into', () => {
    const nodes = [node([], [outage - 1, outage, recovery - 1]), node([], [recovery, end - 1])];
    expect(figures(nodes)).toMatchObject({ trialCallsInOutage: 2, trialCallsInRecovery: 2 });
  });

  it('count how often the store was lost during the drill', () => {
    const nodes = [{ ...node([]), storeLosses: [5000, end + 1] }];
    expect(figures(nodes).storeLosses).toBe(1);
  });
});
