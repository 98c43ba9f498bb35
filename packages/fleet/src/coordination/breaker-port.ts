import type { CircuitState } from '@highway/resilience';
import type { TrialRule } from '../store.ts';

/** The node's own breaker, as the protocol sees it. */
export interface BreakerPort {
  readonly state: CircuitState;
  /** The totals of all recorded outcomes. */
  readonly totals: { readonly successes: number; readonly failures: number };
  readonly rule: TrialRule;
  readonly trialTimeout: number;
  cooldownAfter(openings: number): number;
  /** Makes it reject calls for so many ms. */
  open(ms: number): void;
  /** Lets it admit calls again; after a recovery, it ramps up. */
  close(recovered: boolean): void;
  halfOpen(): void;
  /** Makes it reject calls until `endIsolation`. */
  isolate(): void;
  endIsolation(): void;
  /** Sets whether trial calls need a trial slot of the fleet. */
  supervise(on: boolean): void;
}
