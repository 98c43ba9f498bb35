import { OutageRun } from './outage-run.ts';

/** The cost of an outage and a recovery for a fleet of one size. */
export interface Figures {
  readonly nodes: number;
  /** Of the whole fleet, in a calm second and in the busiest one. */
  readonly calmOperations: number;
  readonly busyOperations: number;
  /** The operations for which the store merged a message. */
  readonly calmMerges: number;
  readonly busyMerges: number;
  readonly calmBytes: number;
  readonly busyBytes: number;
  /** From the quorum until the last node knows, in ms, with notices and without. */
  readonly noticedMs: number;
  readonly unnoticedMs: number;
  /** Trial calls of all nodes, and the number of half-open periods. */
  readonly trialCalls: number;
  readonly periods: number;
}

/** The sizes in the documentation. */
export const sizes: readonly number[] = [10, 100, 1000, 10_000];

/** Simulates the outage for a fleet of one size, with notices and without. */
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
    calmMerges: calm.merges,
    busyMerges: Math.max(...busy.map(({ merges }) => merges)),
    calmBytes: calm.bytes,
    busyBytes: Math.max(...busy.map(({ bytes }) => bytes)),
    noticedMs: run.agreementMs,
    unnoticedMs: unnoticed.agreementMs,
    trialCalls: run.trialCalls,
    periods: run.periods,
  };
}
