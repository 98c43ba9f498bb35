import type { CircuitChange } from '../report/records.ts';
import type { Phase } from '../service/script.ts';
import { phaseNamed } from '../service/script.ts';
import { lastChange, stateAt } from './fleet-tally.ts';
import type { NodeTally } from './fleet-tally.ts';

/** What the circuits of a fleet came to. Times are in ms. */
export interface FleetFigures {
  /** Requests that tested a half-open circuit: during the outage, and from the recovery on. */
  readonly testsInOutage: number;
  readonly testsInRecovery: number;
  /**
   * From the beginning of the outage until the first process rejected, and until every one did;
   * `null` where none, or not every one, did before the service recovered.
   */
  readonly firstRejectsAfter: number | null;
  readonly allRejectAfter: number | null;
  /**
   * From the recovery until the last circuit closed for good; `null` where one wasn't closed at the
   * end.
   */
  readonly allClosedAfter: number | null;
  /** How often a process lost the store, and went on alone. */
  readonly storeLosses: number;
}

/** Draws the figures of a fleet; `endedAt` is when the drill ended, or was interrupted. */
export function fleetFiguresOf(
  nodes: readonly NodeTally[],
  endedAt: number,
  phases: readonly Phase[],
): FleetFigures {
  const outage = phaseNamed(phases, 'outage');
  const recovery = phaseNamed(phases, 'recovery');
  const openings = nodes.map(({ circuit }) => rejectsFrom(circuit, outage));
  const closings = nodes.map(({ circuit }) => closedFrom(circuit, endedAt));
  const since = (from: number, at: number): number | null =>
    Number.isFinite(at) ? Math.max(0, at - from) : null;
  return {
    testsInOutage: testsWithin(nodes, outage),
    testsInRecovery: testsWithin(nodes, recovery),
    firstRejectsAfter: since(outage.from, Math.min(...openings)),
    allRejectAfter: since(outage.from, Math.max(...openings)),
    allClosedAfter: endedAt > recovery.from ? since(recovery.from, Math.max(...closings)) : null,
    storeLosses: nodes.flatMap(({ storeLosses }) => storeLosses).filter((at) => at < endedAt)
      .length,
  };
}

function testsWithin(nodes: readonly NodeTally[], { from, to }: Phase): number {
  return nodes.flatMap(({ tests }) => tests).filter((at) => at >= from && at < to).length;
}

/** When a process begins to reject in an outage; infinite where it doesn't. */
function rejectsFrom(circuit: readonly CircuitChange[], { from, to }: Phase): number {
  if (stateAt(circuit, from) === 'OPEN') return from;
  return (
    circuit.find(({ at, to: state }) => at >= from && at < to && state === 'OPEN')?.at ?? Infinity
  );
}

/** When a circuit closed that is closed at the end; infinite where it isn't. */
function closedFrom(circuit: readonly CircuitChange[], end: number): number {
  if (stateAt(circuit, end) !== 'CLOSED') return Infinity;
  return lastChange(circuit, end)?.at ?? 0;
}
