import { OutageRun } from './outage-run.ts';

/** What an outage and a recovery cost a fleet of a size. */
export interface Figures {
  readonly nodes: number;
  /** Of the whole fleet, in a second in which nothing happens and in the busiest one. */
  readonly calmOperations: number;
  readonly busyOperations: number;
  readonly calmBytes: number;
  readonly busyBytes: number;
  /** From the quorum until the last node knows, in ms, with notices and where all are lost. */
  readonly noticedMs: number;
  readonly unnoticedMs: number;
  /** Trial calls of all nodes together, and in how many half-open periods. */
  readonly tests: number;
  readonly periods: number;
}

/** The sizes of which the documentation tells. */
export const sizes: readonly number[] = [10, 100, 1000, 10_000];

/** Sends a fleet of a size through the outage, with notices and without. */
export function figures(nodes: number): Figures {
  const run = new OutageRun({ nodes, seed: 1, notices: true }).run();
  const unnoticed = new OutageRun({ nodes, seed: 1, notices: false }).run();
  // The first seconds are for joining.
  const calm = run.seconds[2]!;
  const busy = run.seconds.slice(3);
  return {
    nodes,
    calmOperations: calm.operations,
    busyOperations: Math.max(...busy.map(({ operations }) => operations)),
    calmBytes: calm.bytes,
    busyBytes: Math.max(...busy.map(({ bytes }) => bytes)),
    noticedMs: run.agreementMs,
    unnoticedMs: unnoticed.agreementMs,
    tests: run.tests,
    periods: run.periods,
  };
}
