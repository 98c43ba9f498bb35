import type { CircuitBreakerOptions } from '@highway/resilience';
import type { PooledOptions } from '@highway/fleet';

/** The setup of a process of the fleet. */
export interface ProcessSettings {
  readonly store: 'redis' | 'postgres';
  readonly url: string;
  readonly dependency: string;
  readonly nodeId: string;
  readonly syncInterval: number;
  readonly syncTimeout?: number;
  readonly breaker: Pick<
    CircuitBreakerOptions,
    'failureThreshold' | 'successThreshold' | 'cooldown' | 'trialTimeout' | 'maxConcurrentTrials'
  >;
  readonly quorum?: `${number}/${number}`;
  readonly pooled?: PooledOptions;
  /** Whether it receives no notices. */
  readonly deaf?: boolean;
  /** The error of its wall clock in ms. */
  readonly wallOffsetMs?: number;
}

/** The orders to a process. */
export type ProcessOrder =
  | { readonly type: 'rate'; readonly callsPerSecond: number }
  | { readonly type: 'call' }
  | { readonly type: 'forget' }
  | { readonly type: 'report' }
  | { readonly type: 'operate'; readonly command: 'isolate' | 'release' | 'reset' }
  | { readonly type: 'sync' }
  | { readonly type: 'leave' };

/** The results of a process's calls since the last reset, and its state now. */
export interface NodeReport {
  readonly type: 'report';
  succeeded: number;
  failed: number;
  rejected: number;
  /** Errors that are neither the dependency's nor a rejection by the circuit. */
  surprises: string[];
  underWay: number;
  state: string;
  status: string;
  /** When the first call was rejected, and the first one passed; 0 for never. Epoch ms. */
  rejectedAt: number;
  passedAt: number;
}

/** The messages of a process. */
export type ProcessNews =
  | NodeReport
  | { readonly type: 'ready' | 'synced' | 'left'; readonly at: number }
  | { readonly type: 'state'; readonly state: string; readonly at: number }
  | { readonly type: 'status'; readonly status: string; readonly at: number };
