import { runInNewContext } from 'node:vm';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeValue } from './decode-value.ts';
import { encodeValue } from './encode-value.ts';
import { UnstorableError } from './unstorable-error.ts';

const roundTrip = (value: unknown): unknown => decodeValue(encodeValue(value));

const cyclic: Record<string, unknown> = { n: 1 };
cyclic['self'] = cyclic;
const ring = new Map<unknown, unknown>();
ring.set('ring', new Set([ring, [ring]]));
const one = { n: 1 };
const twice = Object.assign(new Error('no'), { at: one });
Object.defineProperty(twice, 'cause', { value: one, configurable: true, writable: true });
const bare: object = Object.assign(Object.create(null) as object, { a: 1, toString: 2 });

describe('a value that can be stored', () => {
  it.each<[string, unknown]>([
    ['null and undefined', [undefined, null]],
    ['undefined alone', undefined],
    ['null alone', null],
    ['numbers', [1.5, NaN, -Infinity, Infinity, -0, 0, 12n, -(2n ** 70n)]],
    ['dates', [new Date(5), new Date(-1)]],
    ['regular expressions and URLs', { like: /a+\//giu, of: new URL('https://a.org/b?c#d') }],
    ['a regular expression with a lastIndex', Object.assign(/a/g, { lastIndex: 3 })],
    [
      'maps and sets',
      new Map<unknown, unknown>([[{ k: 1 }, new Set([new Date(1), { deep: 2n }])]]),
    ],
    ['bytes', [new Uint8Array([1, 2]), new Int16Array([-1]), new Uint8ClampedArray([9])]],
    [
      'typed arrays and buffers',
      [new Float64Array([NaN, -0]), new BigInt64Array([-5n]), Buffer.from('hi')],
    ],
    ['an ArrayBuffer', new Uint8Array([7, 0, 255]).buffer],
    ['keys with dots and backslashes', { 'C:\\': { at: new Date(0) }, 'a.b': 1n, '': undefined }],
    ['keys of Object.prototype', { constructor: { at: new Date(0) }, prototype: 2, toString: 'x' }],
    ['the key __proto__', JSON.parse('{"__proto__": {"a": 1}, "b": 2}')],
    ['the key __proto__ beside a bigint', [JSON.parse('{"__proto__": {"a": 1}}'), 1n]],
    ['an object without a prototype', bare],
    ['strings that Postgres rejects', ['a\0b', '\ud83d', '\udc00x', '😀']],
    ['keys that Postgres rejects', { 'a\0b': 1, '\ud83d': 2 }],
    ['objects that look like marks', [{ $: 'undefined' }, { $: 'again', v: 0 }, '{"$":"date"}']],
    [
      'an object with a mark and without a prototype',
      Object.assign(Object.create(null) as object, { $: 1 }),
    ],
    [
      'an object that looks like a record',
      { state: 'done', value: 1, json: {}, __dbos_serializer: 'superjson' },
    ],
    ['an object that contains itself', cyclic],
    ['a cycle of maps and sets', ring],
    [
      'an error',
      Object.assign(new TypeError('no', { cause: new Error('in') }), { code: 'E', at: [1n] }),
    ],
    ['an error whose cause is also an enumerable property', twice],
    ['an error with a numeric key', Object.assign(new Error('no', { cause: one }), { 0: one })],
    ['an AggregateError', new AggregateError([new RangeError('1'), 'two'], 'all')],
  ])('is restored unchanged: %s', (_, value) => {
    expect(isDeepStrictEqual(roundTrip(value), value)).toBe(true);
  });

  it('keeps the stack of an error, and keeps hidden properties hidden', () => {
    const error = new SyntaxError('no', { cause: 5 });
    const again = roundTrip(error) as Error;
    expect(again).toBeInstanceOf(SyntaxError);
    expect([again.stack, Object.keys(again)]).toEqual([error.stack, []]);
  });

  it('keeps the identity of an object that occurs several times', () => {
    const one = new Date(1);
    const [a, { b }, c] = roundTrip([one, { b: one }, new Map([[one, 1]])]) as [
      Date,
      { b: Date },
      Map<Date, number>,
    ];
    expect([b === a, c.has(a)]).toEqual([true, true]);
  });

  it('may come from another realm', () => {
    const value: unknown = runInNewContext(
      '({ a: [1, { at: new Date(5) }], m: new Map([[1, 2]]) })',
    );
    expect(roundTrip(value)).toEqual({ a: [1, { at: new Date(5) }], m: new Map([[1, 2]]) });
  });
});

class Money extends Map {}
class List extends Array {}
class Point {
  x = 1;
}
class Failed extends Error {}

describe('a value that can not be stored', () => {
  it.each<[string, unknown, string, string]>([
    ['a function', () => 1, '', 'the function'],
    ['a method', { a: [{ close() {} }] }, '.a[0].close', 'the function close'],
    ['a symbol', { a: Symbol('x') }, '.a', 'a symbol'],
    ['a promise', Promise.resolve(), '', 'an instance of Promise'],
    ['a function as a key', new Map([[() => 1, 2]]), '.keys()', 'the function'],
    ['headers', new Map([['k', new Headers()]]), '.get("k")', 'an instance of Headers'],
    ['an instance', { 'a b': new Point() }, '["a b"]', 'an instance of Point'],
    ['a subclass of Map', new Money(), '', 'an instance of Money'],
    ['a subclass of Array', List.from([1]), '', 'an instance of List'],
    ['a subclass of Error', [new Failed('x')], '[0]', 'an instance of Failed'],
    ['a DataView', new DataView(new ArrayBuffer(2)), '', 'an instance of DataView'],
    ['shared memory', new Uint8Array(new SharedArrayBuffer(1)), '', 'shared memory'],
    ['an empty slot', { a: [1, , 3] }, '.a[1]', 'an empty slot of an array'], // eslint-disable-line no-sparse-arrays
    [
      'a property of an array',
      Object.assign([1], { total: 1 }),
      '.total',
      'a property of an array',
    ],
    [
      'a property of a map',
      Object.assign(new Map(), { n: 1 }),
      '.n',
      'a property of an instance of Map',
    ],
    [
      'a property of bytes',
      Object.assign(new Uint8Array(1), { n: 1 }),
      '',
      'a property of an instance of Uint8Array',
    ],
    ['a symbol as a key', { a: { [Symbol('s')]: 1 } }, '.a', 'the symbol key Symbol(s)'],
    [
      'a getter',
      Object.defineProperty({}, 'a', { get: () => 1, enumerable: true }),
      '.a',
      'a getter or setter',
    ],
    [
      'a hidden property',
      Object.defineProperty({}, 'a', { value: 1 }),
      '.a',
      'a property that is not enumerable',
    ],
    ['an invalid date', [new Date(NaN)], '[0]', 'an invalid Date'],
    ['a boxed number', Object(1), '', 'an instance of Number'],
  ])('is rejected with its path: %s', (_, value, path, what) => {
    expect(() => encodeValue(value)).toThrow(expect.objectContaining({ path, what }) as Error);
  });

  it('is rejected if it is nested too deeply, or throws when it is read', () => {
    let deep: unknown = 1;
    for (let i = 0; i < 100_000; i += 1) deep = [deep];
    const trap = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('trapped');
        },
      },
    );
    expect(() => encodeValue(deep)).toThrow(UnstorableError);
    expect(() => encodeValue([trap])).toThrow(UnstorableError);
  });
});

const anything = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withNullPrototype: true,
      withSparseArray: true,
      withBoxedValues: true,
      withObjectString: true,
    }),
    fc.constantFrom<unknown>(
      '\ud83d',
      'a\0b',
      -0,
      { $: 1 },
      /x/y,
      new URL('http://a'),
      new Money(),
      new Error('e'),
    ),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('$', '__proto__', 'constructor', 'v', 'a.b', '\\'),
      ),
      tie('value'),
      { maxKeys: 4 },
    ),
    fc.tuple(tie('value'), tie('value')).map(([key, held]) => new Map([[key, held]])),
    tie('value').map((value) => [value, value]),
  ),
})).value;

/** The encoded value; `undefined` if it is rejected as unstorable. */
function encodeOrReject(value: unknown): string | undefined {
  try {
    return encodeValue(value);
  } catch (error) {
    if (error instanceof UnstorableError) return undefined;
    throw error;
  }
}

describe('any value', () => {
  it('is restored unchanged, or rejected at once', () => {
    fc.assert(
      fc.property(anything, (value) => {
        const text = encodeOrReject(value);
        if (text === undefined) return;
        expect(isDeepStrictEqual(decodeValue(text), value)).toBe(true);
        expect(isDeepStrictEqual(decodeValue(encodeValue(decodeValue(text))), value)).toBe(true);
        // Postgres accepts it: it has neither lone surrogates nor the character zero.
        expect(text).not.toMatch(/[\p{Cs}\0]/u);
      }),
      { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 1) * 2_000 },
    );
  });
});
