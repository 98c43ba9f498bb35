import { systemClock } from '../clock.ts';
import type { Clock } from '../clock.ts';

/** Reads one option: gives its value, checked, or throws an error that names it. */
export type Reader<Value> = (option: string, value: unknown) => Value;

/** What a set of readers gives. */
export type Read<Readers> = {
  readonly [Option in keyof Readers]: Readers[Option] extends Reader<infer Value> ? Value : never;
};

/**
 * Reads options, each with its reader. An option that has none is refused, because a misspelt one
 * would switch protection off without a word.
 */
export function readOptions<Readers extends Record<string, Reader<unknown>>>(
  owner: string,
  options: unknown,
  readers: Readers,
): Read<Readers> {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new TypeError(`${owner}: options must be an object, got ${describe(options)}`);
  }
  for (const key of Object.keys(options)) {
    if (!Object.hasOwn(readers, key)) {
      const known = Object.keys(readers).join(', ');
      throw new TypeError(`${owner}: unknown option ${describe(key)}; known are ${known}`);
    }
  }
  const read: Record<string, unknown> = {};
  for (const [option, reader] of Object.entries(readers)) {
    read[option] = reader(option, (options as Record<string, unknown>)[option]);
  }
  return read as Read<Readers>;
}

/** Shows a value in an error message: short, and safe for anything that JavaScript can hold. */
export function describe(value: unknown): string {
  let text = typeof value === 'bigint' ? `${String(value)}n` : '';
  try {
    if (typeof value === 'object' || typeof value === 'string') {
      // Where `toJSON` gives nothing, there is no text.
      text = JSON.stringify(value) || '';
    }
  } catch {
    text = 'an object';
  }
  const shown = text === '' ? String(value) : text;
  return shown.length > 60 ? `${shown.slice(0, 60)}…` : shown;
}

/** Throws what every bad option throws: its name, the value received, and what is allowed. */
export function refuse(
  option: string,
  value: unknown,
  allowed: string,
  ErrorType: typeof RangeError = typeof value === 'number' ? RangeError : TypeError,
): never {
  throw new ErrorType(`${option}: ${describe(value)} is not allowed; it takes ${allowed}`);
}

/** An integer of at least `least`, and `Infinity` where `infinite` allows it. */
export function count(least: number, byDefault?: number, infinite = false): Reader<number> {
  return (option, given) => {
    const value = given === undefined ? byDefault : given;
    if (Number.isSafeInteger(value) && (value as number) >= least) return value as number;
    if (infinite && value === Infinity) return Infinity;
    return refuse(
      option,
      value,
      `an integer of at least ${String(least)}${infinite ? ' or Infinity' : ''}`,
    );
  };
}

/** A number from `least` to `most`. */
export function number(least: number, most: number, byDefault?: number): Reader<number> {
  return (option, given) => {
    const value = given === undefined ? byDefault : given;
    if (typeof value === 'number' && value >= least && value <= most) return value;
    return refuse(option, value, `a number from ${String(least)} to ${String(most)}`);
  };
}

/** True or false. */
export function flag(byDefault: boolean): Reader<boolean> {
  return (option, value = byDefault) =>
    typeof value === 'boolean' ? value : refuse(option, value, 'true or false');
}

/** A function, or nothing. */
export function callback<F>(): Reader<F | undefined> {
  return (option, value) =>
    value === undefined || typeof value === 'function'
      ? (value as F | undefined)
      : refuse(option, value, 'a function');
}

/** An object that has these methods, or nothing. */
export function having<T>(what: string, ...methods: string[]): Reader<T | undefined> {
  return (option, value) => {
    const given = Object(value) as Record<string, unknown>;
    if (value === undefined || methods.every((method) => typeof given[method] === 'function')) {
      return value as T | undefined;
    }
    return refuse(option, value, what);
  };
}

const clock: Reader<Clock | undefined> = having(
  'an object with now, setTimeout and clearTimeout',
  'now',
  'setTimeout',
  'clearTimeout',
);

/** The options that every policy has. */
export const policyOptions: { name: Reader<string | undefined>; clock: Reader<Clock> } = {
  name: (option, value) =>
    value === undefined || (typeof value === 'string' && value !== '')
      ? value
      : refuse(option, value, 'a string that is not empty'),
  clock: (option, value) => clock(option, value) ?? systemClock,
};

/** What they give. */
export interface ReadPolicyOptions {
  readonly name: string | undefined;
  readonly clock: Clock;
}
