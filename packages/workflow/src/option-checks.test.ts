import { describe, expect, it } from 'vitest';
import { showKey } from './option-checks.ts';

const cyclic: Record<string, unknown> = {};
cyclic['self'] = cyclic;

describe('showKey', () => {
  it.each<[unknown, string]>([
    ['a\0b', '"a\\u0000b"'],
    ['x'.repeat(10_000), `"${'x'.repeat(200)}…"`],
    [undefined, 'undefined'],
    [null, 'null'],
    [5n, '5'],
    [cyclic, 'an object'],
    [Symbol('s'), 'Symbol(s)'],
  ])('shows any value as an unknown id', (key, text) => {
    expect(showKey(key)).toBe(text);
  });
});
