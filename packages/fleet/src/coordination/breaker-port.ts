import type { CircuitState } from '@highway/resilience';
import type { TestRule } from '../store.ts';

/** The node's own breaker, as the protocol sees it. */
export interface BreakerPort {
  readonly state: CircuitState;
  /** Outcomes recorded in all. */
  readonly totals: { readonly successes: number; readonly failures: number };
  readonly rule: TestRule;
  readonly trialTimeout: number;
  cooldownAfter(openings: number): number;
  /** Refuses calls for so many ms. */
  open(ms: number): void;
  /** Lets calls through again; after a recovery the ramp holds. */
  close(recovered: boolean): void;
  halfOpen(): void;
  /** Refuses calls until it is ended. */
  isolate(): void;
  endIsolation(): void;
  /** Whether test calls need a place of the fleet. */
  supervise(on: boolean): void;
}
