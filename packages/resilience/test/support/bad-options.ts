/** Values that no option of the kind allows, each with how an error shows it. */
export interface BadValues {
  readonly values: readonly (readonly [value: unknown, shown: string])[];
  /** What its error says is allowed instead. */
  readonly allowed: RegExp;
}

const anything = [
  [null, 'null'],
  [true, 'true'],
  [5n, '5n'],
  [Symbol('odd'), 'Symbol(odd)'],
] as const;

export const badDuration: BadValues = {
  values: [
    ...anything,
    [-1, '-1'],
    [Number.NaN, 'NaN'],
    [Infinity, 'Infinity'],
    ['soon', '"soon"'],
    ['-1s', '"-1s"'],
    [{}, '{}'],
    [{ seconds: -1 }, '{"seconds":-1}'],
    [{ fortnights: 1 }, '{"fortnights":1}'],
    [[1], '[1]'],
  ],
  allowed: /milliseconds|not negative/,
};

export const badFraction: BadValues = {
  values: [
    ...anything,
    [0.5, '0.5'],
    ['half', '"half"'],
    ['3/2', '3/2'],
    ['1/0', '1/0'],
    ['0/5', '0/5'],
    [{}, '{}'],
  ],
  allowed: /2\/5|integers|1\/n/,
};

export const badFunction: BadValues = {
  values: [...anything, [5, '5'], ['fn', '"fn"'], [{}, '{}']],
  allowed: /a function$/,
};

export const badName: BadValues = {
  values: [...anything, [5, '5'], ['', '""'], [{}, '{}']],
  allowed: /a non-empty string/,
};

export const badClock: BadValues = {
  values: [
    ...anything,
    [5, '5'],
    ['clock', '"clock"'],
    [{}, '{}'],
    [{ now: () => 0 }, 'an object with now'],
  ],
  allowed: /now, setTimeout and clearTimeout/,
};

/** Counts from `least` on; the error says so. */
export function badCount(least: number, infinite: boolean): BadValues {
  return {
    values: [
      ...anything,
      [least - 1, String(least - 1)],
      [1.5, '1.5'],
      [Number.NaN, 'NaN'],
      ['3', '"3"'],
      [{}, '{}'],
      ...(infinite ? [] : ([[Infinity, 'Infinity']] as const)),
    ],
    allowed: new RegExp(`integer of at least ${String(least)}`),
  };
}

/** Values that are no object of the kind named. */
export function badInstance(kind: string): BadValues {
  return {
    values: [...anything, [5, '5'], ['text', '"text"'], [{}, '{}']],
    allowed: new RegExp(kind),
  };
}
