import { describe, expect, it } from 'vitest';
import { bar } from './bar.ts';

describe('a bar', () => {
  it('is a dot for nothing, and low for very little', () => {
    expect(bar(0, 60)).toBe('·');
    expect(bar(undefined, 60)).toBe('·');
    expect(bar(0.1, 60)).toBe('▁');
  });

  it('is full for the most, and for more', () => {
    expect(bar(60, 60)).toBe('█');
    expect(bar(90, 60)).toBe('█');
  });
});
