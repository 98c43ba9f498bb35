import type { Priority } from '@highway/resilience';
import type { Slot } from './slots.ts';

/** What becomes of a request: its handler starts, it is answered with 503 or 504, or its client has gone. */
export type Verdict = 'accepted' | 'shed' | 'expired' | 'gone';

/** A request that asks to be admitted. */
export interface Arrival {
  /** `undefined` if there are no priorities. */
  readonly priority: Priority | undefined;
  readonly arrivedAt: number;
  /** When its client stops waiting; `Infinity` if it does not say. */
  readonly deadlineAt: number;
  /** How late the loop was when the request was read, in ms, if the loop is late for a while already. */
  loopDelayMs: number;
  /** Its slot while it is in flight. */
  slot: Slot | undefined;
  /** Whether its client has gone. */
  readonly gone: boolean;
  /** Tells the verdict on a request that had to wait for it. */
  decided(verdict: Verdict): void;
}

/** The priorities, the most important first. */
export const priorities: readonly Priority[] = ['critical', 'high', 'normal', 'low'];

/** By what `maxLoopDelay` is multiplied for a priority. */
const patience: Readonly<Record<Priority, number>> = {
  critical: Infinity,
  high: 3,
  normal: 1,
  low: 0.5,
};

/** How late the loop may be for this request, and how long it may wait, as a multiple of `maxLoopDelay`. */
export function patienceOf({ priority = 'normal' }: Arrival): number {
  return patience[priority];
}

/** How many priorities are more important than that of this request. */
export function rankOf({ priority = 'normal' }: Arrival): number {
  return priorities.indexOf(priority);
}

/** Whether this request matters more than most. */
export function isImportant({ priority }: Arrival): boolean {
  return priority === 'high' || priority === 'critical';
}
