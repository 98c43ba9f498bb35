import type { CallsReport } from '../messages.ts';
import { GroupTally } from '../report/group-tally.ts';
import type { GroupDescription, SecondFigures } from '../report/group-tally.ts';
import type { CircuitChange } from '../report/records.ts';

/** What is known of one process of a fleet; times in ms since the drill began. */
export interface NodeTally {
  readonly circuit: CircuitChange[];
  /** When requests were sent that tested the half-open circuit. */
  readonly tests: number[];
  /** When it lost the store. */
  readonly storeLosses: number[];
}

/** How many processes of a fleet have their circuit in each state. */
export interface NodeStates {
  readonly open: number;
  readonly halfOpen: number;
  readonly closed: number;
}

/** What happened in one second, and the circuits at its end. */
export type FleetSecond = SecondFigures & NodeStates;

/** What is known of a fleet: of all its processes together, and of each. */
export class FleetTally extends GroupTally {
  readonly nodes: readonly NodeTally[];

  constructor(fleet: Omit<GroupDescription, 'hasCircuit'>, processes: number, seconds: number) {
    // There is no such thing as the circuit of them all.
    super({ ...fleet, hasCircuit: false }, seconds);
    this.nodes = Array.from({ length: processes }, () => {
      return { circuit: [], tests: [], storeLosses: [] };
    });
  }

  override addReport(report: CallsReport): void {
    super.addReport(report);
    const node = this.nodes[report.process]!;
    node.circuit.push(...report.circuit);
    node.tests.push(...report.tests);
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

/** The last change of a circuit up to a time; its changes are in order. */
export function lastChange(
  circuit: readonly CircuitChange[],
  time: number,
): CircuitChange | undefined {
  return circuit.filter(({ at }) => at <= time).at(-1);
}
