import { sharedNow } from '@highway-examples/drill-kit';
import type { Clock } from '@highway/resilience';

/** A clock that counts from the start of the drill. */
export function drillClock(startAt: number): Clock {
  return {
    now: () => sharedNow() - startAt,
    setTimeout: (fn, ms) => setTimeout(fn, ms),
    clearTimeout: (handle) => {
      clearTimeout(handle as NodeJS.Timeout);
    },
  };
}
