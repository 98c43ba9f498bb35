import type { CallRecord, CircuitChange, RequestRecord } from './report/records.ts';

/** What the drill tells its processes: when time begins (epoch ms), and to end. */
export type Order =
  { readonly type: 'start'; readonly startAt: number } | { readonly type: 'stop' };

/** What a service's process tells the drill. */
export type ServiceReport =
  | { readonly type: 'listening'; readonly port: number }
  | { readonly type: 'requests'; readonly requests: RequestRecord[]; readonly relapses: number };

/** What a process of callers tells the drill. */
export type CallersReport =
  { readonly type: 'ready' } | CallsReport | { readonly type: 'finished' };

/** What happened in a process of callers since it last told; times in ms since the drill began. */
export interface CallsReport {
  readonly type: 'calls';
  /** Which of its group's processes it is, from 0. */
  readonly process: number;
  readonly calls: readonly CallRecord[];
  readonly requests: readonly RequestRecord[];
  readonly circuit: readonly CircuitChange[];
  /** When requests were sent that test a half-open circuit. */
  readonly tests: readonly number[];
  /** When it lost the store that it shares its circuit through. */
  readonly storeLosses: readonly number[];
}
