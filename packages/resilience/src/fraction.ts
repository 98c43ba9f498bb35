import { isPlain, look } from './internal/foreign.ts';
import { invalid } from './internal/options.ts';

/**
 * `numerator` out of the last `denominator`: never reduced, because `2/4` judges a window of four
 * calls and `1/2` one of two.
 *
 * @example
 * new Fraction(2, 5).toString(); // '2/5'
 */
export class Fraction {
  readonly numerator: number;
  readonly denominator: number;

  /** Integers with `denominator ≥ 1` and `0 ≤ numerator ≤ denominator`; else a `RangeError`. */
  constructor(numerator: number, denominator: number) {
    this.numerator = numerator;
    this.denominator = denominator;
    const whole = Number.isSafeInteger(numerator) && Number.isSafeInteger(denominator);
    if (!whole || denominator < 1 || numerator < 0 || numerator > denominator) {
      invalid(
        'Fraction',
        this.toString(),
        'integers, with denominator ≥ 1 and 0 ≤ numerator ≤ denominator',
        RangeError,
      );
    }
    Object.freeze(this);
  }

  /** The number that the fraction stands for. */
  valueOf(): number {
    return this.numerator / this.denominator;
  }

  /** `'2/5'`, which every option that takes a fraction accepts. */
  toString(): string {
    return `${String(this.numerator)}/${String(this.denominator)}`;
  }

  /** As `toString`, so that settings survive JSON. */
  toJSON(): string {
    return this.toString();
  }
}

/** What an option that takes a fraction accepts: a `Fraction`, or the string `'2/5'`. */
export type FractionLike = Fraction | `${number}/${number}`;

/** Reads a threshold: a fraction of more than nothing. The error names the option. */
export function toThresholdFraction(
  option: string,
  value: unknown,
  allowed = 'a fraction from 1/n to n/n, as a Fraction or a text such as "2/5"',
): Fraction {
  const read = readFraction(value);
  if (read !== undefined) {
    const [numerator, denominator] = read;
    // Nothing at all would meet 0/n.
    if (numerator > 0 && numerator <= denominator) return new Fraction(numerator, denominator);
  }
  return invalid(
    option,
    read !== undefined && typeof value === 'object' ? read.join('/') : value,
    allowed,
    typeof value === 'string' || read !== undefined ? RangeError : TypeError,
  );
}

/** No sensible fraction is longer; what comes from outside may be of any length. */
const longestText = 50;

/**
 * A text, or a fraction by its looks: one of another copy of this package is as good as one of ours.
 */
function readFraction(value: unknown): readonly [number, number] | undefined {
  if (typeof value === 'string') {
    const parts = value.length <= longestText && /^\s*(\d+)\s*\/\s*(\d+)\s*$/.exec(value);
    return parts ? [Number(parts[1]), Number(parts[2])] : undefined;
  }
  const numerator = look(value, 'numerator');
  const denominator = look(value, 'denominator');
  const whole = Number.isSafeInteger(numerator) && Number.isSafeInteger(denominator);
  if (!whole || isPlain(value)) return undefined;
  return [numerator as number, denominator as number];
}
