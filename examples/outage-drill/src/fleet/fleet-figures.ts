import type { CircuitChange } from '../report/records.ts';
import type { Phase } from '../service/script.ts';
import { phaseNamed } from '../service/script.ts';
import { lastChange, stateAt } from './fleet-tally.ts';
import type { NodeTally } from './fleet-tally.ts';

/** The figures of a fleet's circuits. Times are in ms. */
export interface FleetFigures {
  /** Trial calls: requests sent while the circuit was half-open, during the outage and after it. */
  readonly trialCallsInOutage: number;
  readonly trialCallsInRecovery: number;
  /**
   * From the start of the outage until the first process rejected calls, and until all did; `null` if
   * none, or not all, did so before the service recovered.
   */
  readonly firstRejectsAfter: number | null;
  readonly allRejectAfter: number | null;
  /**
   * From the end of the outage until the last circuit closed for good; `null` if one was not closed at
   * the end.
   */
  readonly allClosedAfter: number | null;
  /** How often a process lost the store and used its own breaker. */
  readonly storeLosses: number;
}

/** Computes the figures of a fleet; `endedAt` is when the drill ended or was interrupted. */
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
    trialCallsInOutage: trialCallsWithin(nodes, outage),
    trialCallsInRecovery: trialCallsWithin(nodes, recovery),
    firstRejectsAfter: since(outage.from, Math.min(...openings)),
    allRejectAfter: since(outage.from, Math.max(...openings)),
    allClosedAfter: endedAt > recovery.from ? since(recovery.from, Math.max(...closings)) : null,
    storeLosses: nodes.flatMap(({ storeLosses }) => storeLosses).filter((at) => at < endedAt)
      .length,
  };
}

function trialCallsWithin(nodes: readonly NodeTally[], { from, to }: Phase): number {
  return nodes.flatMap(({ trialCalls }) => trialCalls).filter((at) => at >= from && at < to).length;
}

/** When a process starts to reject calls in an outage; `Infinity` if it never does. */
function rejectsFrom(circuit: readonly CircuitChange[], { from, to }: Phase): number {
  if (stateAt(circuit, from) === 'OPEN') return from;
  return (
    circuit.find(({ at, to: state }) => at >= from && at < to && state === 'OPEN')?.at ?? Infinity
  );
}

/** When a circuit closed for good; `Infinity` if it is not closed at the end. */
function closedFrom(circuit: readonly CircuitChange[], end: number): number {
  if (stateAt(circuit, end) !== 'CLOSED') return Infinity;
  return lastChange(circuit, end)?.at ?? 0;
}
