import { describe, expect, it } from 'vitest';
import { CountWindow } from './count-window.ts';
import { failed, written } from '../../test/support/outcomes.ts';

/** A window that has seen these outcomes. */
function filled(size: number, outcomes: string): CountWindow {
  const window = new CountWindow(size);
  for (const outcome of outcomes) window.record(failed(outcome));
  return window;
}

describe('a window of the last calls', () => {
  it('is empty at first', () => {
    const window = new CountWindow(3);
    expect(window).toMatchObject({ size: 3, length: 0, failureCount: 0 });
    expect([...window]).toEqual([]);
  });

  it('lists its outcomes, oldest first, before and after it is full', () => {
    expect([...filled(3, '10')]).toEqual([true, false]);
    expect([...filled(3, '101')]).toEqual([true, false, true]);
    expect([...filled(3, '1010')]).toEqual([false, true, false]);
    expect([...filled(3, '1010001')]).toEqual([false, false, true]);
  });

  it('counts the failures that it contains, not those that have left', () => {
    expect(filled(3, '000').failureCount).toBe(3);
    expect(filled(3, '0001').failureCount).toBe(2);
    expect(filled(3, '000111').failureCount).toBe(0);
    expect(filled(1, '010')).toMatchObject({ length: 1, failureCount: 1 });
  });

  // Outcomes are kept in words of 30 bits: the sizes around them are where an error would show.
  it.each([29, 30, 31, 59, 60, 61, 1000])('of %d calls wraps around more than once', (size) => {
    const outcomes = '011'.repeat(size).slice(0, size * 2 + 7);
    const kept = outcomes.slice(-size);
    const window = filled(size, outcomes);
    expect(written(window)).toBe(kept);
    expect(window.failureCount).toBe(kept.split('0').length - 1);
    expect(window.length).toBe(size);
  });

  it('is stored as a string, and restored from it', () => {
    const window = filled(4, '01101');
    expect(window.store()).toBe('1101');
    const other = new CountWindow(4);
    other.restore(window.store());
    expect(other.store()).toBe('1101');
    expect(other.failureCount).toBe(1);
  });

  it('takes the newest outcomes of a larger window, and none of a window of time', () => {
    const window = new CountWindow(2);
    window.restore('00010');
    expect(window.store()).toBe('10');
    window.restore([[0, 5, 5]]);
    expect(window.store()).toBe('10');
  });
});
