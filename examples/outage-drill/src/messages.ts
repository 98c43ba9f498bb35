import type { CallRecord, CircuitChange, RequestRecord } from './report/records.ts';

/** What the drill tells its processes: when time begins (epoch ms), and to end. */
export type Order =
  { readonly type: 'start'; readonly startAt: number } | { readonly type: 'stop' };

/** What a service's process tells the drill. */
export type ServiceReport =
  | { readonly type: 'listening'; readonly port: number }
  | { readonly type: 'requests'; readonly requests: RequestRecord[]; readonly relapses: number };

/** What a group of callers tells the drill. */
export type CallersReport =
  | { readonly type: 'ready' }
  | {
      readonly type: 'calls';
      readonly calls: CallRecord[];
      readonly requests: RequestRecord[];
      readonly circuit: CircuitChange[];
    }
  | { readonly type: 'finished' };
