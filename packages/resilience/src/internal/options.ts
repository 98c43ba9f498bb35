import { systemClock } from '../clock.ts';
import type { Clock } from '../clock.ts';

/** Shows a value in an error message: short, and safe for anything that JavaScript can hold. */
export function describe(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
    case 'bigint':
      return `${String(value)}n`;
    case 'function':
      return 'a function';
    case 'object':
      return value === null ? 'null' : describeObject(value);
    default:
      return String(value);
  }
}

function describeObject(value: object): string {
  try {
    const text = JSON.stringify(value);
    return text.length > 60 ? `${text.slice(0, 60)}…` : text;
  } catch {
    return 'an object';
  }
}

/** Throws what every bad option throws: its name, the value received, and what is allowed. */
export function refuse(option: string, value: unknown, allowed: string): never {
  const ErrorType = typeof value === 'number' ? RangeError : TypeError;
  throw new ErrorType(`${option}: ${describe(value)} is not allowed; ${allowed}`);
}

/**
 * Checks that `options` is an object with no other keys than `known`, because a misspelt option
 * would switch protection off without a word.
 */
export function checkOptions(owner: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new TypeError(`${owner}: options must be an object, got ${describe(options)}`);
  }
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) {
      throw new TypeError(
        `${owner}: unknown option ${describe(key)}; known are ${known.join(', ')}`,
      );
    }
  }
}

/** An integer of at least `least`. `Infinity` is one where `infinite` allows it. */
export function toCount(option: string, value: unknown, least: number, infinite = false): number {
  if (Number.isSafeInteger(value) && (value as number) >= least) return value as number;
  if (infinite && value === Infinity) return Infinity;
  return refuse(
    option,
    value,
    `an integer of at least ${String(least)}${infinite ? ', or Infinity,' : ''} is`,
  );
}

/** A number between `least` and `most`, both allowed. */
export function toNumber(option: string, value: unknown, least: number, most: number): number {
  if (typeof value === 'number' && value >= least && value <= most) return value;
  const range =
    most === Infinity ? `of at least ${String(least)}` : `in [${String(least)}, ${String(most)}]`;
  return refuse(option, value, `a number ${range} is`);
}

/** A function, or nothing. */
export function toFunction<F>(option: string, value: F | undefined): F | undefined {
  if (value === undefined || typeof value === 'function') return value;
  return refuse(option, value, 'a function is');
}

/** A non-empty string, or nothing. */
export function toName(option: string, value: unknown): string | undefined {
  if (value === undefined || (typeof value === 'string' && value !== '')) return value;
  return refuse(option, value, 'a string that is not empty is');
}

/** A clock, or the system's. */
export function toClock(option: string, value: Clock | undefined): Clock {
  if (value === undefined) return systemClock;
  const given = Object(value) as Partial<Clock>;
  const whole = (['now', 'setTimeout', 'clearTimeout'] as const).every(
    (method) => typeof given[method] === 'function',
  );
  return whole
    ? value
    : refuse(option, value, 'an object with now, setTimeout and clearTimeout is');
}
