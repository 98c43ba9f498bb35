import type { CallRecord, CircuitChange, RequestRecord } from './report/records.ts';

/** The drill's orders to its processes: when to start (epoch ms), and to end. */
export type Order =
  { readonly type: 'start'; readonly startAt: number } | { readonly type: 'stop' };

/** The reports of a service's process. */
export type ServiceReport =
  | { readonly type: 'listening'; readonly port: number }
  | { readonly type: 'requests'; readonly requests: RequestRecord[]; readonly relapses: number };

/** The reports of a process of callers. */
export type CallersReport =
  { readonly type: 'ready' } | CallsReport | { readonly type: 'finished' };

/** What happened in a process of callers since its last report. Times are in ms since the start. */
export interface CallsReport {
  readonly type: 'calls';
  /** The index of the process in its group. */
  readonly process: number;
  readonly calls: readonly CallRecord[];
  readonly requests: readonly RequestRecord[];
  readonly circuit: readonly CircuitChange[];
  /** When it made trial calls. */
  readonly trialCalls: readonly number[];
  /** When it lost the store through which it shares its circuit. */
  readonly storeLosses: readonly number[];
}
