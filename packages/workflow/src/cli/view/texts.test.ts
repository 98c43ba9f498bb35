import { describe, expect, it } from 'vitest';
import { toJson } from './json.ts';
import { errorLine, oneLine, preview } from './texts.ts';

describe('a text from a run', () => {
  it('can neither break lines nor steer the terminal', () => {
    expect(oneLine('a\n\tb\u001B[2Jc\u0007')).toBe('a b�[2Jc�');
  });

  it('is cut where it is long', () => {
    const text = preview('x'.repeat(500));
    expect(text).toHaveLength(72);
    expect(text.endsWith('x…')).toBe(true);
  });

  it('is nothing where there is no value, and says null where that is the value', () => {
    expect([preview(undefined), preview(null), preview('a')]).toEqual(['', 'null', '"a"']);
  });
});

describe('an error on one line', () => {
  it('has its name, message and code', () => {
    const error = Object.assign(new TypeError('no\nway'), { code: 'E_NO' });
    expect(errorLine(error)).toBe('TypeError: no way (E_NO)');
  });

  it('is whatever was thrown', () => {
    expect(errorLine('boom')).toBe('boom');
  });
});

describe('JSON of what a run holds', () => {
  it('keeps what JSON by itself would lose or refuse', () => {
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

  it('ends where a value holds itself', () => {
    const value: Record<string, unknown> = { twice: [1] };
    value['again'] = value['twice'];
    value['self'] = value;
    expect(JSON.parse(toJson(value))).toEqual({ twice: [1], again: [1], self: '[circular]' });
  });

  it('of nothing is null', () => {
    expect(toJson(undefined)).toBe('null');
  });
});
