import { describe, expect, it } from 'vitest';
import { plainLines } from './plain-lines.ts';
import type { PlainSide } from './plain-lines.ts';

function side(title: string, failed: readonly number[]): PlainSide<number> {
  return {
    tally: { title, second: (second) => failed[second]! },
    columns: [
      { heading: 'err', width: 5, cell: (count) => count },
      { heading: 'circuit', width: 8, cell: (count) => (count > 9 ? 'open' : ''), text: true },
    ],
  };
}

const sides = [side('Bare', [0, 123]), side('Safe', [0, 7])];

describe('plain lines', () => {
  it('have the title of each side above its columns', () => {
    expect(plainLines(sides).heading()).toEqual([
      '       │ Bare            │ Safe',
      '       │   err  circuit  │   err  circuit',
    ]);
  });

  it('have a line for each second, counted from 1', () => {
    expect(plainLines(sides).line(1)).toBe('   2 s │   123  open     │     7');
  });

  it('name the phase, if the drill has phases', () => {
    const { heading, line } = plainLines(sides, (second) => (second > 0 ? 'outage' : 'healthy'));
    expect(line(0)).toBe('   1 s healthy   │     0           │     0');
    expect(line(1)).toMatch(/^ {3}2 s outage {4}│/);
    expect(heading()[1]!.indexOf('│')).toBe(line(0).indexOf('│'));
  });
});
