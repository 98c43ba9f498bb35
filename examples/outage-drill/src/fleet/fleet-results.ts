import type { DrillOptions } from '../options.ts';
import { resultsOf } from '../report/results.ts';
import type { DrillResults, GroupResults } from '../report/results.ts';
import { phasesOf } from '../service/script.ts';
import { fleetFiguresOf } from './fleet-figures.ts';
import type { FleetFigures } from './fleet-figures.ts';
import type { StoreKind } from './fleet-plan.ts';
import type { FleetSecond, FleetTally, NodeTally } from './fleet-tally.ts';

/** Everything that a drill of fleets came to; also what `--json` writes. Times are in ms. */
export interface FleetResults extends DrillResults {
  /** How many processes each fleet had, and what one of them shared its circuit through. */
  readonly processes: number;
  readonly store: StoreKind;
  readonly groups: readonly FleetGroupResults[];
}

/** What the drill of one fleet came to. */
export interface FleetGroupResults extends GroupResults {
  readonly fleet: FleetFigures;
  readonly nodes: readonly NodeTally[];
  readonly perSecond: readonly FleetSecond[];
}

/** Draws up the results of a drill that ended at a time. */
export function fleetResultsOf(
  options: DrillOptions & { readonly store: StoreKind },
  tallies: readonly FleetTally[],
  elapsed: number,
): FleetResults {
  const results = resultsOf(options, tallies, elapsed);
  const phases = phasesOf(options.seconds);
  return {
    ...results,
    processes: tallies[0]!.nodes.length,
    store: options.store,
    groups: tallies.map((tally, i) => {
      const { perSecond, ...group } = results.groups[i]!;
      return {
        ...group,
        fleet: fleetFiguresOf(tally.nodes, results.endedAt, phases),
        nodes: tally.nodes,
        perSecond: perSecond.map(({ second }) => tally.second(second)),
      };
    }),
  };
}
