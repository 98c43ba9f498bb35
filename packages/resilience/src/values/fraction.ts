import { isPlain, look } from '../support/foreign.ts';
import { invalid } from '../support/options.ts';

/**
 * `numerator` of the last `denominator` calls. Never reduced: `2/4` has a window of four calls, `1/2`
 * one of two.
 *
 * @example
 * new Fraction(2, 5).toString(); // '2/5'
 */
export class Fraction {
  readonly numerator: number;
  readonly denominator: number;

  /**
   * Takes integers with `denominator ≥ 1` and `0 ≤ numerator ≤ denominator`; throws a `RangeError` for
   * anything else.
   */
  constructor(numerator: number, denominator: number) {
    this.numerator = numerator;
    this.denominator = denominator;
    const areIntegers = Number.isSafeInteger(numerator) && Number.isSafeInteger(denominator);
    if (!areIntegers || denominator < 1 || numerator < 0 || numerator > denominator) {
      invalid(
        'Fraction',
        this.toString(),
        'integers, with denominator ≥ 1 and 0 ≤ numerator ≤ denominator',
        RangeError,
      );
    }
    Object.freeze(this);
  }

  /** The fraction as a number. */
  valueOf(): number {
    return this.numerator / this.denominator;
  }

  /** The fraction as a string such as `'2/5'`, which every option that takes a fraction accepts. */
  toString(): string {
    return `${String(this.numerator)}/${String(this.denominator)}`;
  }

  /** Same as `toString`, so settings survive JSON. */
  toJSON(): string {
    return this.toString();
  }
}

/** What an option that takes a fraction accepts: a `Fraction`, or the string `'2/5'`. */
export type FractionLike = Fraction | `${number}/${number}`;

/** Reads a threshold: a fraction above 0. The error names the option. */
export function toThresholdFraction(
  option: string,
  value: unknown,
  allowed = 'a fraction from 1/n to n/n, as a Fraction or a string such as "2/5"',
): Fraction {
  const read = readFraction(value);
  if (read !== undefined) {
    const [numerator, denominator] = read;
    // 0/n would be met by no failures at all.
    if (numerator > 0 && numerator <= denominator) return new Fraction(numerator, denominator);
  }
  return invalid(
    option,
    read !== undefined && typeof value === 'object' ? read.join('/') : value,
    allowed,
    typeof value === 'string' || read !== undefined ? RangeError : TypeError,
  );
}

/** No sensible fraction is longer, but input from outside can have any length. */
const longestString = 50;

/**
 * Reads a string, or an object with the shape of a `Fraction`: it may be one from another copy of this
 * package.
 */
function readFraction(value: unknown): readonly [number, number] | undefined {
  if (typeof value === 'string') {
    const parts = value.length <= longestString && /^\s*(\d+)\s*\/\s*(\d+)\s*$/.exec(value);
    return parts ? [Number(parts[1]), Number(parts[2])] : undefined;
  }
  const numerator = look(value, 'numerator');
  const denominator = look(value, 'denominator');
  const areIntegers = Number.isSafeInteger(numerator) && Number.isSafeInteger(denominator);
  if (!areIntegers || isPlain(value)) return undefined;
  return [numerator as number, denominator as number];
}
