import { describe } from './internal/options.ts';

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
    if (
      !Number.isSafeInteger(numerator) ||
      !Number.isSafeInteger(denominator) ||
      denominator < 1 ||
      numerator < 0 ||
      numerator > denominator
    ) {
      throw new RangeError(
        `Fraction: ${describe(numerator)}/${describe(denominator)} is not a fraction of integers ` +
          'with denominator ≥ 1 and 0 ≤ numerator ≤ denominator',
      );
    }
    this.numerator = numerator;
    this.denominator = denominator;
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

/** Reads an option's fraction; the error names the option and shows the value. */
export function toFraction(option: string, value: unknown): Fraction {
  if (value instanceof Fraction) return value;
  const parts = typeof value === 'string' ? /^\s*(\d+)\s*\/\s*(\d+)\s*$/.exec(value) : null;
  if (parts === null) {
    const ErrorType = typeof value === 'string' ? RangeError : TypeError;
    throw new ErrorType(
      `${option}: ${describe(value)} is not a fraction; a Fraction or a string such as "2/5" is`,
    );
  }
  try {
    return new Fraction(Number(parts[1]), Number(parts[2]));
  } catch (error) {
    throw new RangeError(`${option}: ${(error as Error).message}`, { cause: error });
  }
}
