import { describe, expect, it } from 'vitest';
import { RetryBudget } from './retry-budget.ts';
import type { RetryBudgetOptions } from './retry-budget.ts';
import { ManualClock } from '../testing/manual-clock.ts';

function budgetOf(options: RetryBudgetOptions = {}): { budget: RetryBudget; clock: ManualClock } {
  const clock = new ManualClock();
  return { clock, budget: new RetryBudget({ clock, ...options }) };
}

/** How many retries it gives until it is spent. */
function spend(budget: RetryBudget): number {
  let taken = 0;
  while (taken < 1000 && budget.tryTake()) taken++;
  return taken;
}

describe('a retry budget', () => {
  it('allows a fifth of the calls and one per second over ten seconds by default', () => {
    const { budget } = budgetOf();
    expect(budget).toMatchObject({ ratio: 0.2, minPerSecond: 1, windowMs: 10_000 });
    expect(budget.remaining).toBe(10);
    for (let i = 0; i < 50; i++) budget.noteCall();
    expect(budget.remaining).toBe(20);
    expect(spend(budget)).toBe(20);
    expect(budget.remaining).toBe(0);
  });

  it('allows only a share of the calls if there is no minimum', () => {
    const { budget } = budgetOf({ ratio: 0.1, minPerSecond: 0 });
    for (let i = 0; i < 29; i++) budget.noteCall();
    expect(spend(budget)).toBe(2);
    budget.noteCall();
    expect(spend(budget)).toBe(1);
  });

  it('allows whole retries even if the share is not exact in binary', () => {
    const { budget } = budgetOf({ ratio: 0.1, minPerSecond: 0 });
    for (let i = 0; i < 3; i++) budget.noteCall();
    expect(budget.remaining).toBe(0);
    const { budget: third } = budgetOf({ ratio: 0.7, minPerSecond: 0 });
    for (let i = 0; i < 10; i++) third.noteCall();
    expect(third.remaining).toBe(7);
  });

  it('forgets calls and retries by elapsed time', async () => {
    const { budget, clock } = budgetOf({ minPerSecond: 0, ratio: 1, window: '4s' });
    budget.noteCall();
    expect(spend(budget)).toBe(1);
    await clock.advance('2s');
    budget.noteCall();
    await clock.advance('2s');
    expect(budget.remaining).toBe(1);
    await clock.advance('1h');
    expect(budget.remaining).toBe(0);
  });

  it('has no debt when the calls that paid are forgotten before the retries', async () => {
    const { budget, clock } = budgetOf({ minPerSecond: 0, ratio: 1, window: '4s' });
    budget.noteCall();
    await clock.advance('2s');
    budget.noteCall();
    expect(spend(budget)).toBe(2);
    await clock.advance('2s');
    expect(budget.remaining).toBe(0);
    expect(budget.tryTake()).toBe(false);
  });

  it('shows its options as plain data', () => {
    expect(JSON.parse(JSON.stringify(budgetOf({ window: '5s' }).budget))).toEqual({
      ratio: 0.2,
      minPerSecond: 1,
      minConcurrency: 0,
      window: 5000,
    });
  });

  it.each<[string, unknown]>([
    ['ratio', -0.1],
    ['ratio', Infinity],
    ['minPerSecond', -1],
    ['window', 0],
    ['window', 'soon'],
    ['clock', {}],
  ])('rejects an invalid %s: %o', (option, value) => {
    expect(() => new RetryBudget({ [option]: value })).toThrow(
      expect.objectContaining({ message: expect.stringContaining(`${option}: `) as string }),
    );
  });
});
