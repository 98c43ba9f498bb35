import { CircuitBreakerPolicy } from '@highway/resilience';
import type { Clock } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AdmissionController } from './admission-controller.ts';

const neverStopped = { stopped: false, whenStopped: () => () => {} };

/** A clock that advances between two readings, as a real one does, and whose timers may be early. */
function creepingClock(clock: ManualClock, step: number, early: number): Clock {
  let crept = 0;
  return {
    now: () => clock.now() + (crept += step),
    setTimeout: (fn, ms) => clock.setTimeout(fn, Math.max(0, ms - early)),
    clearTimeout: (handle) => {
      clock.clearTimeout(handle);
    },
  };
}

describe('AdmissionController', () => {
  it('wakes the first parked callers when the cooldown ends, even if the clock advances meanwhile', async () => {
    const fraction = fc.integer({ min: 0, max: 900 }).map((n) => n / 1_000);
    await fc.assert(
      fc.asyncProperty(fraction, fraction, async (step, early) => {
        const manual = new ManualClock();
        const clock = creepingClock(manual, step, early);
        const breaker = new CircuitBreakerPolicy({ name: 'bank', clock, cooldown: 500 });
        const options = { breaker, clock, trialCalls: 2, max: 5, order: 1 };
        const controller = new AdmissionController(options);
        breaker.open();
        let woken = 0;
        for (let i = 0; i < 5; i += 1) {
          void controller.park(Infinity, neverStopped).then(() => (woken += 1));
        }
        await manual.advance(600);
        expect(woken).toBe(2);
      }),
      { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 1) * 100 },
    );
  });
});
