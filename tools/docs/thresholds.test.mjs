import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fromRoot } from '../lib/paths.mjs';
import { meanCallsUntilOpen, thresholdTable } from './thresholds.mjs';

describe('the chance that a threshold is met', () => {
  it('is that of a plain run of failures for k/k', () => {
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

  it('is k calls where everything fails', () => {
    expect(meanCallsUntilOpen(5, 10, 1)).toBe(5);
  });

  it('gives the figures that the pages quote', () => {
    expect(Math.abs(meanCallsUntilOpen(5, 10, 0.05) - 36_464)).toBeLessThan(1);
  });

  it('is printed in the page of the breaker as it is', () => {
    const page = readFileSync(fromRoot('docs/policies/circuit-breaker.md'), 'utf8');
    expect(page).toContain(thresholdTable());
  }, 120_000);
});
