import { describe, expect, it } from 'vitest';
import { toJson } from './json.ts';
import { errorLine, oneLine, preview } from './format.ts';

describe('a string from a run', () => {
  it('can neither break lines nor control the terminal', () => {
    expect(oneLine('a\n\tb\u001B[2Jc\u0007')).toBe('a b�[2Jc�');
  });

  it('is cut if it is long', () => {
    const text = preview('x'.repeat(500));
    expect(text).toHaveLength(72);
    expect(text.endsWith('x…')).toBe(true);
  });

  it('is empty for undefined, and null for null', () => {
    expect([preview(undefined), preview(null), preview('a')]).toEqual(['', 'null', '"a"']);
  });
});

describe('errorLine', () => {
  it('shows the name, message and code of an error', () => {
    const error = Object.assign(new TypeError('no\nway'), { code: 'E_NO' });
    expect(errorLine(error)).toBe('TypeError: no way (E_NO)');
  });

  it('shows a thrown value that is not an error', () => {
    expect(errorLine('boom')).toBe('boom');
  });
});

describe('toJson', () => {
  it('keeps values that JSON.stringify would lose or reject', () => {
    const value = {
      at: new Date(0),
      never: new Date(NaN),
      big: 12n,
      nan: NaN,
      map: new Map([['k', new Set([1])]]),
      bytes: new Uint8Array([1, 2, 3, 4]).subarray(1, 3),
      link: new URL('https://example.org/'),
      nothing: undefined,
      list: [undefined, 1],
    };
    expect(JSON.parse(toJson(value))).toEqual({
      at: '1970-01-01T00:00:00.000Z',
      never: null,
      big: '12',
      nan: 'NaN',
      map: [['k', [1]]],
      bytes: 'AgM=',
      link: 'https://example.org/',
      list: [null, 1],
    });
  });

  it('shows errors with their cause and code', () => {
    const error = new Error('a', { cause: Object.assign(new RangeError('b'), { code: 'E' }) });
    expect(JSON.parse(toJson(error))).toMatchObject({
      name: 'Error',
      message: 'a',
      cause: { name: 'RangeError', message: 'b', code: 'E' },
    });
  });

  it('ends at a value that contains itself', () => {
    const value: Record<string, unknown> = { twice: [1] };
    value['again'] = value['twice'];
    value['self'] = value;
    expect(JSON.parse(toJson(value))).toEqual({ twice: [1], again: [1], self: '[circular]' });
  });

  it('converts undefined to null', () => {
    expect(toJson(undefined)).toBe('null');
  });
});
