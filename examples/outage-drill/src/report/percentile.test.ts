import { describe, expect, it } from 'vitest';
import { percentile, spreadOf } from './percentile.ts';

describe('a percentile', () => {
  it('is one of the values, whatever their order', () => {
    const values = [50, 10, 40, 20, 30];
    expect(percentile(values, 50)).toBe(30);
    expect(percentile(values, 100)).toBe(50);
    expect(percentile(values, 0)).toBe(10);
    expect(values).toEqual([50, 10, 40, 20, 30]);
  });

  it('leaves out the worst value of a hundred, and no fewer', () => {
    const hundred = Array.from({ length: 100 }, (_, i) => i + 1);
    expect(percentile(hundred, 99)).toBe(99);
    expect(percentile(hundred.slice(1), 99)).toBe(100);
  });

  it('is nothing where there are no values', () => {
    expect(spreadOf([])).toEqual({ p50: undefined, p99: undefined });
  });
});
