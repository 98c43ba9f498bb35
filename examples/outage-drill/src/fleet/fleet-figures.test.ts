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
function node(changes: readonly (readonly [at: number, to: string])[], tests: number[] = []) {
  let from = 'CLOSED';
  const circuit = changes.map(([at, to]): CircuitChange => {
    const change = { at, from, to };
    from = to;
    return change;
  });
  return { circuit, tests, storeLosses: [] } satisfies NodeTally;
}

function figures(nodes: readonly NodeTally[], endedAt = end): FleetFigures {
  return fleetFiguresOf(nodes, endedAt, phases);
}

describe('the figures of a fleet', () => {
  it('take the first and the last process that begin to reject', () => {
    const nodes = [node([[outage + 900, 'OPEN']]), node([[outage + 300, 'OPEN']])];
    expect(figures(nodes)).toMatchObject({ firstRejectsAfter: 300, allRejectAfter: 900 });
  });

  it('take a process that rejected before the outage for one that knows at once', () => {
    const nodes = [node([[outage - 100, 'OPEN']])];
    expect(figures(nodes)).toMatchObject({ firstRejectsAfter: 0, allRejectAfter: 0 });
  });

  it('know of no last process where one did not reject before the recovery', () => {
    const nodes = [node([[outage + 300, 'OPEN']]), node([[recovery + 1, 'OPEN']])];
    expect(figures(nodes)).toMatchObject({ firstRejectsAfter: 300, allRejectAfter: null });
  });

  it('wait for the last circuit that closes for good', () => {
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

  it('have all closed at once where none had opened', () => {
    expect(figures([node([])]).allClosedAfter).toBe(0);
  });

  it('have no end of the recovery where a circuit is open at the end, or it was not reached', () => {
    const nodes = [node([[outage + 300, 'OPEN']])];
    expect(figures(nodes).allClosedAfter).toBeNull();
    expect(figures([node([])], recovery - 1).allClosedAfter).toBeNull();
  });

  it('ignore what circuits do after the end', () => {
    const nodes = [
      node([
        [outage, 'OPEN'],
        [recovery + 50, 'CLOSED'],
        [end + 1, 'OPEN'],
      ]),
    ];
    expect(figures(nodes).allClosedAfter).toBe(50);
  });

  it('count test calls by the part of the script that they fell into', () => {
    const nodes = [node([], [outage - 1, outage, recovery - 1]), node([], [recovery, end - 1])];
    expect(figures(nodes)).toMatchObject({ testsInOutage: 2, testsInRecovery: 2 });
  });

  it('count how often a store was lost, while the drill lasted', () => {
    const nodes = [{ ...node([]), storeLosses: [5000, end + 1] }];
    expect(figures(nodes).storeLosses).toBe(1);
  });
});
