import { describe, expect, it } from 'vitest';
import {
  Backoff,
  HedgePolicy,
  RetriesExceededError,
  RetryBudget,
  RetryPolicy,
} from '@highway/resilience';
import type { RetryBudgetOptions } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import { boom, fail, play } from '../support/calls.ts';

function budgetOf(options: RetryBudgetOptions) {
  const clock = new ManualClock();
  const budget = new RetryBudget({ clock, ...options });
  const retry = (maxRetries = 1): RetryPolicy =>
    new RetryPolicy({ clock, maxRetries, backoff: Backoff.none, budget });
  return { clock, budget, retry };
}

describe('a retry budget', () => {
  it('allows retries for a share of the calls, and rethrows the error when it is spent', async () => {
    const { retry } = budgetOf({ ratio: 0.5, minPerSecond: 0 });
    const policy = retry();
    // Two calls earn one retry.
    const errors = await play(policy, '0000');
    expect(errors[0]).toBe(boom);
    expect(errors[1]).toBeInstanceOf(RetriesExceededError);
    expect(errors[2]).toBe(boom);
    expect(errors[3]).toBeInstanceOf(RetriesExceededError);
  });

  it('counts calls that succeed, which earn retries for those that fail', async () => {
    const { budget, retry } = budgetOf({ ratio: 0.2, minPerSecond: 0 });
    const policy = retry(3);
    await play(policy, '1'.repeat(10));
    expect(budget.remaining).toBe(2);
    expect(await fail(policy)).toBe(boom);
    expect(budget.remaining).toBe(0);
  });

  it('allows a few retries in any case, so that rare calls can be retried at all', async () => {
    const { budget, retry } = budgetOf({ ratio: 0, minPerSecond: 0.5, window: '10s' });
    expect(budget.remaining).toBe(5);
    const policy = retry();
    const errors = await play(policy, '0000000');
    expect(errors.filter((error) => error instanceof RetriesExceededError)).toHaveLength(5);
    expect(errors.filter((error) => error === boom)).toHaveLength(2);
  });

  it('allows a fifth of the calls and one per second over ten seconds by default', () => {
    expect(new RetryBudget().toJSON()).toEqual({
      ratio: 0.2,
      minPerSecond: 1,
      minConcurrency: 0,
      window: 10_000,
    });
    expect(new RetryBudget().remaining).toBe(10);
  });

  it('forgets calls and retries by elapsed time', async () => {
    const { clock, budget, retry } = budgetOf({ ratio: 0, minPerSecond: 0.1, window: '10s' });
    const policy = retry();
    await fail(policy);
    expect(budget.remaining).toBe(0);
    await clock.advance('9s');
    expect(budget.remaining).toBe(0);
    await clock.advance('1s');
    expect(budget.remaining).toBe(1);
    await clock.advance({ days: 365 });
    expect(budget.remaining).toBe(1);
  });

  it('is shared by all policies that are given it', async () => {
    const { clock, budget, retry } = budgetOf({ ratio: 0, minPerSecond: 0.2, window: '10s' });
    const [one, other] = [retry(), retry()];
    expect(await fail(one)).toBeInstanceOf(RetriesExceededError);
    expect(await fail(other)).toBeInstanceOf(RetriesExceededError);
    expect(await fail(one)).toBe(boom);
    const hedge = new HedgePolicy({ clock, delay: 0, budget });
    let calls = 0;
    await fail(hedge);
    await hedge.execute(() => calls++);
    expect(calls).toBe(1);
  });

  it('is spent by consecutive retries, one each', async () => {
    const { budget, retry } = budgetOf({ ratio: 0, minPerSecond: 1, window: '5s' });
    expect(await fail(retry(3))).toBeInstanceOf(RetriesExceededError);
    expect(budget.remaining).toBe(2);
    let calls = 0;
    const outcome = await retry(9).executeOutcome(() => {
      calls++;
      throw boom;
    });
    expect(outcome).toEqual({ ok: false, error: boom });
    expect(calls).toBe(3);
  });

  it('is not spent on errors that are not retried', async () => {
    const { clock, budget } = budgetOf({ ratio: 0, minPerSecond: 1, window: '1s' });
    const policy = new RetryPolicy({ clock, budget, handle: () => false });
    await fail(policy);
    expect(budget.remaining).toBe(1);
  });

  it('returns the value if a value was the failure', async () => {
    const { clock, budget } = budgetOf({ ratio: 0, minPerSecond: 0 });
    const policy = new RetryPolicy({ clock, budget, handleResult: (value) => value === 'bad' });
    expect(await policy.execute(() => 'bad')).toBe('bad');
  });

  it('may allow no retries at all', async () => {
    const { budget, retry } = budgetOf({ ratio: 0, minPerSecond: 0 });
    expect(budget.remaining).toBe(0);
    expect(await fail(retry())).toBe(boom);
  });

  it('throws for invalid options, and the error names them', () => {
    expect(() => new RetryBudget({ ratio: -1 })).toThrow('ratio');
    expect(() => new RetryBudget({ minPerSecond: Number.NaN })).toThrow('minPerSecond');
    expect(() => new RetryBudget({ window: 0 })).toThrow('window');
    expect(() => new RetryBudget({ rate: 1 } as never)).toThrow('rate');
    expect(() => new RetryPolicy({ budget: {} as never })).toThrow('budget');
  });
});
