import type { EndOrder } from '@highway-examples/drill-kit';
import type { CircuitState } from '@highway/resilience';
import type { RunCounts } from '@highway/workflow';
import type { Phase } from './timeline.ts';
import type { Order } from './orders.ts';
import type { BankCall } from './services/bank-life.ts';
import type { ServiceUrls } from './services/effects.ts';
import type { LedgerEntry } from './services/ledger.ts';

/** What the process of the services is started with. */
export interface ServicesPlan {
  readonly seed: number;
}

/** What the drill tells the services: when time begins (epoch ms), what they are like, to end. */
export type ServicesOrder =
  | { readonly type: 'start'; readonly startAt: number }
  | { readonly type: 'phase'; readonly phase: Phase }
  | EndOrder;

/** What the services tell the drill. */
export type ServicesReport =
  | { readonly type: 'listening'; readonly urls: ServiceUrls }
  | {
      readonly type: 'news';
      readonly calls: readonly BankCall[];
      readonly entries: readonly LedgerEntry[];
    };

/** How a worker runs its workflows: with the engine's circuits, or with DBOS's own retries. */
export type WorkerKind = 'highway' | 'plain';

/** What a worker's runs do: whole orders, or nothing but paying them. */
export type Work = 'orders' | 'payments';

/** Where runs are kept. */
export type DatabasePlace = { readonly dataDir: string } | { readonly databaseUrl: string };

/** What a worker is started with: the same each time. */
export interface WorkerPlan {
  readonly kind: WorkerKind;
  readonly work: Work;
  readonly database: DatabasePlace;
  readonly urls: ServiceUrls;
  readonly seed: number;
}

/** What the drill tells a worker. */
export type WorkerOrder = { readonly type: 'place'; readonly orders: readonly Order[] } | EndOrder;

/** What a worker tells the drill. */
export type WorkerReport =
  | { readonly type: 'ready' }
  /** The order's run is on record. */
  | { readonly type: 'placed'; readonly id: string }
  | WorkerStatus;

/** The run counts of a worker by status. */
export interface WorkerStatus extends RunCounts {
  readonly type: 'status';
  /** Of the payment service; `undefined` where there is none. */
  readonly circuit: CircuitState | undefined;
}
