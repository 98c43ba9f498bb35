import type { Outage } from '../timeline.ts';
import type { OrderDrillOptions } from '../options.ts';
import type { Order } from '../orders.ts';
import type { WorkerKind } from '../messages.ts';
import { figuresOf } from './figures.ts';
import type { SideFigures } from './figures.ts';
import type { SecondFigures, SideTally, WorkerChange } from './side-tally.ts';

/** All that a drill has found out, as it goes to a file. */
export interface OrderDrillResults {
  readonly orders: number;
  readonly seed: number;
  readonly database: string;
  readonly interrupted: boolean;
  /** In ms. */
  readonly endedAt: number;
  readonly outage: Outage;
  readonly sides: readonly SideResults[];
}

/** One side of it. */
export interface SideResults {
  readonly kind: WorkerKind;
  readonly title: string;
  readonly figures: SideFigures;
  readonly worker: readonly WorkerChange[];
  readonly perSecond: readonly SecondFigures[];
}

/** What results are made of. */
export interface ResultParts {
  readonly options: OrderDrillOptions;
  readonly orders: readonly Order[];
  readonly outage: Outage;
  readonly tallies: readonly SideTally[];
  readonly database: string;
  readonly endedAt: number;
  readonly interrupted: boolean;
}

/** The results of a drill that has ended. */
export function resultsOf(parts: ResultParts): OrderDrillResults {
  const { options, orders, outage, tallies, database, endedAt, interrupted } = parts;
  return {
    orders: orders.length,
    seed: options.seed,
    database,
    interrupted,
    endedAt,
    outage: { outageFrom: outage.outageFrom, outageTo: outage.outageTo },
    sides: tallies.map((tally) => ({
      kind: tally.kind,
      title: tally.title,
      figures: figuresOf(tally, orders, outage),
      worker: tally.workerChanges,
      perSecond: Array.from({ length: Math.ceil(endedAt / 1000) }, (_, i) => tally.second(i)),
    })),
  };
}
