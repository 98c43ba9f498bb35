import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fromRoot } from '../lib/paths.mjs';
import { meanCallsUntilOpen, thresholdTable } from './thresholds.mjs';

describe('the mean number of calls until a threshold is met', () => {
  it('is that of a run of failures for k/k', () => {
    // The mean wait for k in a row is known in closed form: (1 - p^k) / (p^k (1 - p)).
    for (const { k, p } of [
      { k: 1, p: 0.3 },
      { k: 3, p: 0.5 },
      { k: 5, p: 0.2 },
    ]) {
      const run = p ** k;
      expect(meanCallsUntilOpen(k, k, p)).toBeCloseTo((1 - run) / (run * (1 - p)), 6);
    }
  });

  it('is k if everything fails', () => {
    expect(meanCallsUntilOpen(5, 10, 1)).toBe(5);
  });

  it('agrees with the figures that the pages quote', () => {
    expect(Math.abs(meanCallsUntilOpen(5, 10, 0.05) - 36_464)).toBeLessThan(1);
  });

  it('is the table on the page of the breaker', () => {
    const page = readFileSync(fromRoot('docs/policies/circuit-breaker.md'), 'utf8');
    expect(page).toContain(thresholdTable());
  }, 120_000);
});
