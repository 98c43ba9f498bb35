import { RetryBudget } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from './parameters.ts';
import { candidates } from './time-window-model.ts';
import type { Timed } from './time-window-model.ts';

const windowMs = 400;

describe('a retry budget', { timeout: 120_000 }, () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('call' as const) }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('take' as const) }) },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('advance' as const),
        ms: fc.constantFrom(1, 7, 60, 389, 390, 399, 400, 401, 1e6),
      }),
    },
  );
  const rules = fc.record({
    ratio: fc.constantFrom(0, 0.1, 0.2, 0.5, 1, 2.5),
    minPerSecond: fc.constantFrom(0, 2.5, 5, 10),
  });

  it('allows what the calls and retries in its window leave, and takes only that', async () => {
    await fc.assert(
      fc.asyncProperty(
        rules,
        fc.array(step, { maxLength: 80, size: 'max' }),
        async (rule, steps) => {
          const clock = new ManualClock();
          const budget = new RetryBudget({ clock, window: windowMs, ...rule });
          // Additional attempts are noted as failures.
          const noted: Timed[] = [];
          for (const each of steps) {
            const { remaining } = budget;
            const taken = each.do === 'take' && budget.tryTake();
            expect(taken).toBe(each.do === 'take' && remaining > 0);
            if (taken) noted.push({ at: clock.now(), failed: true });
            if (each.do === 'advance') await clock.advance(each.ms);
            if (each.do === 'call') {
              budget.noteCall();
              noted.push({ at: clock.now(), failed: false });
            }
            const allowed = candidates(noted, windowMs, clock.now()).map((counted) => {
              const retries = counted.filter(({ failed }) => failed).length;
              const earned = rule.ratio * (counted.length - retries);
              const base = (rule.minPerSecond * windowMs) / 1000;
              return Math.max(0, Math.floor(earned + base + 1e-9) - retries);
            });
            expect(allowed).toContain(budget.remaining);
          }
        },
      ),
      runs(300),
    );
  });
});
