import type { CallsReport } from '../messages.ts';
import { GroupTally } from '../report/group-tally.ts';
import type { GroupDescription, SecondFigures } from '../report/group-tally.ts';
import type { CircuitChange } from '../report/records.ts';

/** What one process of a fleet reported. Times are in ms since the drill started. */
export interface NodeTally {
  readonly circuit: CircuitChange[];
  /** When it made trial calls. */
  readonly trialCalls: number[];
  /** When it lost the store. */
  readonly storeLosses: number[];
}

/** How many processes of a fleet see the circuit in each state. */
export interface NodeStates {
  readonly open: number;
  readonly halfOpen: number;
  readonly closed: number;
}

/** The figures of one second, and the states of the circuits at its end. */
export type FleetSecond = SecondFigures & NodeStates;

/** What a fleet reported: all its processes together, and each one. */
export class FleetTally extends GroupTally {
  readonly nodes: readonly NodeTally[];

  constructor(fleet: Omit<GroupDescription, 'hasCircuit'>, processes: number, seconds: number) {
    // There is no single circuit for all of them.
    super({ ...fleet, hasCircuit: false }, seconds);
    this.nodes = Array.from({ length: processes }, () => {
      return { circuit: [], trialCalls: [], storeLosses: [] };
    });
  }

  override addReport(report: CallsReport): void {
    super.addReport(report);
    const node = this.nodes[report.process]!;
    node.circuit.push(...report.circuit);
    node.trialCalls.push(...report.trialCalls);
    node.storeLosses.push(...report.storeLosses);
  }

  override second(second: number): FleetSecond {
    return { ...super.second(second), ...this.#statesAt((second + 1) * 1000) };
  }

  #statesAt(at: number): NodeStates {
    const states = this.nodes.map(({ circuit }) => stateAt(circuit, at));
    const open = states.filter((state) => state === 'OPEN').length;
    const halfOpen = states.filter((state) => state === 'HALF_OPEN').length;
    return { open, halfOpen, closed: states.length - open - halfOpen };
  }
}

/** The state of a circuit at a time. */
export function stateAt(circuit: readonly CircuitChange[], time: number): string {
  return lastChange(circuit, time)?.to ?? 'CLOSED';
}

/** The last change of a circuit up to a time. The changes are in order. */
export function lastChange(
  circuit: readonly CircuitChange[],
  time: number,
): CircuitChange | undefined {
  return circuit.filter(({ at }) => at <= time).at(-1);
}
