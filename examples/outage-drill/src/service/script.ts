/** The phases of the script, in order. */
export type PhaseName = 'healthy' | 'slow' | 'outage' | 'recovery';

/** One phase of the script, in ms since the drill started. */
export interface Phase {
  readonly name: PhaseName;
  readonly from: number;
  readonly to: number;
}

/** The length for which the script is written; other lengths stretch all its times. */
export const scriptedSeconds = 20;

const shares: readonly (readonly [PhaseName, number])[] = [
  ['healthy', 0.2],
  ['slow', 0.1],
  ['outage', 0.35],
  ['recovery', 0.35],
];

/** The phases of a drill of so many seconds. */
export function phasesOf(seconds: number): readonly Phase[] {
  let from = 0;
  return shares.map(([name, share]) => {
    const to = from + share * seconds * 1000;
    const phase = { name, from, to };
    from = to;
    return phase;
  });
}

/** The phase at a time; the first one before the start, and the last one after the end. */
export function phaseAt(phases: readonly Phase[], at: number): Phase {
  return phases.find(({ to }) => at < to) ?? phases.at(-1)!;
}

/** Finds a phase by its name. */
export function phaseNamed(phases: readonly Phase[], name: PhaseName): Phase {
  return phases.find((phase) => phase.name === name)!;
}
