/** The parts of the service's life, in their order. */
export type PhaseName = 'healthy' | 'slow' | 'outage' | 'recovery';

/** One part of the service's life, in ms since the drill began. */
export interface Phase {
  readonly name: PhaseName;
  readonly from: number;
  readonly to: number;
}

/** The length that the script is written for; others stretch or squeeze all of its times. */
export const scriptedSeconds = 20;

const shares: readonly (readonly [PhaseName, number])[] = [
  ['healthy', 0.2],
  ['slow', 0.1],
  ['outage', 0.35],
  ['recovery', 0.35],
];

/** The service's life in a drill of so many seconds. */
export function phasesOf(seconds: number): readonly Phase[] {
  let from = 0;
  return shares.map(([name, share]) => {
    const to = from + share * seconds * 1000;
    const phase = { name, from, to };
    from = to;
    return phase;
  });
}

/** The phase at a time. Before the first it is the first, after the last the last. */
export function phaseAt(phases: readonly Phase[], at: number): Phase {
  return phases.find(({ to }) => at < to) ?? phases.at(-1)!;
}

/** The phase of a name. */
export function phaseNamed(phases: readonly Phase[], name: PhaseName): Phase {
  return phases.find((phase) => phase.name === name)!;
}
