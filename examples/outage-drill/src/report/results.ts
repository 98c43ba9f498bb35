import type { DrillOptions } from '../options.ts';
import { phasesOf } from '../service/script.ts';
import type { Phase } from '../service/script.ts';
import { figuresOf } from './figures.ts';
import type { GroupFigures } from './figures.ts';
import type { GroupTally, SecondFigures } from './group-tally.ts';
import type { CircuitChange } from './records.ts';

/** The results of a drill, as `--json` writes them. Times are in ms. */
export interface DrillResults {
  readonly version: 1;
  readonly seconds: number;
  readonly rate: number;
  readonly seed: number;
  /** The endpoint called; `null` for the scripted service. */
  readonly url: string | null;
  /** When the drill ended; earlier than planned if it was interrupted. */
  readonly endedAt: number;
  readonly interrupted: boolean;
  /** The phases of the scripted service; empty for the user's own endpoint. */
  readonly phases: readonly Phase[];
  readonly groups: readonly GroupResults[];
}

/** The results of one group. */
export interface GroupResults {
  readonly name: string;
  readonly title: string;
  readonly figures: GroupFigures;
  readonly circuit: readonly CircuitChange[];
  readonly perSecond: readonly SecondFigures[];
}

/** Computes the results of a drill that ended at that time. */
export function resultsOf(
  options: DrillOptions,
  tallies: readonly GroupTally[],
  elapsed: number,
): DrillResults {
  const { seconds, rate, seed, url } = options;
  const endedAt = Math.min(elapsed, seconds * 1000);
  const phases = url === undefined ? phasesOf(seconds) : undefined;
  return {
    version: 1,
    seconds,
    rate,
    seed,
    url: url?.href ?? null,
    endedAt,
    interrupted: elapsed < seconds * 1000,
    phases: phases ?? [],
    groups: tallies.map((tally) => ({
      name: tally.name,
      title: tally.title,
      figures: figuresOf(tally, endedAt, phases),
      circuit: tally.circuit,
      perSecond: secondsUntil(tally, endedAt),
    })),
  };
}

function secondsUntil(tally: GroupTally, endedAt: number): SecondFigures[] {
  const length = Math.min(tally.seconds, Math.ceil(endedAt / 1000));
  return Array.from({ length }, (_, second) => tally.second(second));
}
