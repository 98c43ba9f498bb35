import { describe, expect, it } from 'vitest';
import { colours, plain } from './paint.ts';
import { table } from './table.ts';

describe('table', () => {
  it('aligns columns, and leaves no spaces at the end of a line', () => {
    const rows = [
      ['a', 'long text', ''],
      ['bcd', '', 'x'],
    ];
    expect(table(['ONE', 'TWO', 'THREE'], rows, plain)).toBe(
      'ONE  TWO        THREE\na    long text\nbcd             x',
    );
  });

  it('leaves out columns that are empty in every row', () => {
    expect(table(['A', 'B', 'C'], [['1', '', '3']], plain)).toBe('A  C\n1  3');
  });

  it('counts characters without colours', () => {
    const rows = [
      [{ text: 'ü🙂', shade: 'good' as const }, 'x'],
      ['abc', 'y'],
    ];
    const [, first, second] = table(['A', 'B'], rows, colours).split('\n');
    expect(first).toBe('\u001B[32mü🙂\u001B[0m   x');
    expect(second).toBe('abc  y');
  });
});
