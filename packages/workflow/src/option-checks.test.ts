import { describe, expect, it } from 'vitest';
import { showKey } from './option-checks.ts';

const cyclic: Record<string, unknown> = {};
cyclic['self'] = cyclic;

describe('an id that nobody has', () => {
  it.each<[unknown, string]>([
    ['a\0b', '"a\\u0000b"'],
    ['x'.repeat(10_000), `"${'x'.repeat(200)}…"`],
    [undefined, 'undefined'],
    [null, 'null'],
    [5n, '5'],
    [cyclic, 'an object'],
    [Symbol('s'), 'Symbol(s)'],
  ])('is shown in an error, whatever it is', (key, text) => {
    expect(showKey(key)).toBe(text);
  });
});
