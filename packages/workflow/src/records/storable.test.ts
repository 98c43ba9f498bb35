import { describe, expect, it } from 'vitest';
import { DBOSJSON } from '@dbos-inc/dbos-sdk/internal/serialization';
import { findUnstorable } from './storable.ts';

const journey = (value: unknown): unknown => DBOSJSON.parse(DBOSJSON.stringify(value));

const cyclic: Record<string, unknown> = { n: 1 };
cyclic['self'] = cyclic;

describe('a value that is storable', () => {
  it.each([
    ['nothing', [undefined, null]],
    ['numbers', [1.5, NaN, -Infinity, -0, 12n]],
    ['dates and patterns', { at: new Date(5), like: /a+/gi, of: new URL('https://a.org/b') }],
    ['maps and sets', new Map([['k', new Set([new Date(1), { deep: 2n }])]])],
    ['bytes', [new Uint8Array([1, 2]), new Int16Array([-1]), new Uint8ClampedArray([9])]],
    ['numbers in a row', [new Float64Array([1.5]), new Float32Array([0.5]), Buffer.from('hi')]],
    ['keys with dots', { 'a.b': 1, 'c.d': { e: new Date(1) }, '': 'x', 'f.g': [null] }],
    ['keys that objects have', { constructor: 1, prototype: 2, toString: 'x' }],
    ['itself', cyclic],
  ])('comes back as it was: %s', (_, value) => {
    expect(findUnstorable(value)).toBeUndefined();
    expect(journey(value)).toEqual(value);
  });
});

const lost = 'a value that JSON lacks, under an empty key or one with a dot,';

describe('a value that is not storable', () => {
  it.each([
    [() => 1, '', 'the function'],
    [{ a: [{ close() {} }] }, '.a[0].close', 'the function close'],
    [{ a: Symbol('x') }, '.a', 'a symbol'],
    [Promise.resolve(), '', 'an instance of Promise'],
    [new Map([[() => 1, 2]]), '.keys()', 'the function'],
    [new Map([['k', new Headers()]]), '.get(k)', 'an instance of Headers'],
    [new Date(NaN), '', 'an invalid Date'],
    [[new BigInt64Array(1)], '[0]', 'an instance of BigInt64Array'],
    [new DataView(new ArrayBuffer(2)), '', 'an instance of DataView'],
    [new Float32Array([NaN]), '', 'a Float32Array with numbers that are not finite'],
    [{ x: { 'a.b': new Date(1) } }, '.x.a.b', lost],
    [{ 'a.b': 1n }, '.a.b', lost],
    [{ '': new Set() }, '.', lost],
    [{ 'a.b': undefined }, '.a.b', lost],
  ])('is found, and where it stands: %o', (value, path, what) => {
    expect(findUnstorable(value)).toEqual({ path, what });
  });
});
