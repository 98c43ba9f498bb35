import { systemClock } from '../seams/clock.ts';
import type { Clock } from '../seams/clock.ts';
import { describe } from './describe.ts';
import { isClass, isPlain, isThenable, leave, look, tagOf } from './foreign.ts';
import { systemRandom } from '../seams/random.ts';
import type { Random } from '../seams/random.ts';

/** Reads one option: returns its validated value, or throws an error that names it. */
export type Reader<Value> = (option: string, value: unknown) => Value;

/** The result of a set of readers. */
export type Read<Readers> = {
  readonly [Option in keyof Readers]: Readers[Option] extends Reader<infer Value> ? Value : never;
};

/**
 * Reads each option with its reader. Throws for unknown options, because a misspelled one would silently switch
 * protection off.
 */
export function readOptions<Readers extends Record<string, Reader<unknown>>>(
  owner: string,
  options: unknown,
  readers: Readers,
): Read<Readers> {
  checkKeys(owner, options, Object.keys(readers));
  const read: Record<string, unknown> = {};
  for (const [option, reader] of Object.entries(readers)) {
    read[option] = reader(option, options[option]);
  }
  return read as Read<Readers>;
}

/** Throws if `options` is not an object of options, or has unknown ones. */
export function checkKeys(
  owner: string,
  options: unknown,
  known: readonly string[],
): asserts options is Record<string, unknown> {
  if (!isRecord(options)) {
    leave(options);
    throw new TypeError(`${owner}: options must be an object, got ${describe(options)}`);
  }
  for (const key in options) {
    if (!known.includes(key)) {
      const all = known.join(', ');
      throw new TypeError(`${owner}: unknown option ${describe(key)}; known options are ${all}`);
    }
  }
}

/**
 * Whether a value can be an object of options: a plain object, a module, or an instance of a user's own class. Any
 * other object, such as a promise, a signal or a map, is a mistake.
 */
export function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  if (isPlain(value)) return true;
  return /^(Object|Module)$/.test(tagOf(value)) && !isThenable(value);
}

/** Throws the error of an invalid option: its name, the value, and what is expected. */
export function invalid(
  option: string,
  value: unknown,
  allowed: string,
  ErrorType: typeof RangeError = typeof value === 'number' ? RangeError : TypeError,
): never {
  leave(value);
  throw new ErrorType(`${option}: ${describe(value)} is invalid; expected ${allowed}`);
}

/** An integer of at least `min`, or `Infinity` if `infinite` is true. */
export function count(min: number, byDefault?: number, infinite = false): Reader<number> {
  return (option, given) => {
    const value = given === undefined ? byDefault : given;
    if (Number.isSafeInteger(value) && (value as number) >= min) return value as number;
    if (infinite && value === Infinity) return Infinity;
    return invalid(
      option,
      value,
      `an integer of at least ${String(min)}${infinite ? ' or Infinity' : ''}`,
    );
  };
}

/** A number from `min` to `max`. */
export function number(min: number, max: number, byDefault?: number): Reader<number> {
  return (option, given) => {
    const value = given === undefined ? byDefault : given;
    if (typeof value === 'number' && value >= min && value <= max) return value;
    const bound = max >= Number.MAX_VALUE ? `of at least ${String(min)}` : '';
    return invalid(option, value, `a number ${bound || `from ${String(min)} to ${String(max)}`}`);
  };
}

/** `true` or `false`. */
export function flag(byDefault: boolean): Reader<boolean> {
  return (option, value = byDefault) =>
    typeof value === 'boolean' ? value : invalid(option, value, 'true or false');
}

/** A function, or `undefined`. A class is invalid: it cannot be called. */
export function callback<F>(): Reader<F | undefined> {
  return (option, value) =>
    value === undefined || isCallback(value)
      ? (value as F | undefined)
      : invalid(option, value, 'a function');
}

/** Whether a value is a function and not a class. */
export function isCallback(value: unknown): boolean {
  return typeof value === 'function' && !isClass(value);
}

/** A predicate of the user, as policies call it: with an outcome, and the number and the data of its attempt. */
export type Judge = (of: unknown, attempt: number, data: unknown) => boolean;

/**
 * A function that returns `true` or `false`, or `undefined`. Its results are checked, because anything else, such
 * as a promise, which is always truthy, is a mistake that would go unnoticed.
 */
export function predicate(): Reader<Judge | undefined> {
  const read = callback<(value: unknown, context?: object) => unknown>();
  return (option, value) => {
    const ask = read(option, value);
    if (ask === undefined) return undefined;
    return ask.length < 2
      ? (of) => booleanResult(option, ask(of))
      : (of, attempt, data) => booleanResult(option, ask(of, { attempt, data }));
  };
}

/** Whether one of these predicates needs to know the attempt. */
export function needAttempt(...predicates: (Judge | undefined)[]): boolean {
  return predicates.some((each) => each !== undefined && each.length > 1);
}

/** Checks the result of a predicate. */
export function booleanResult(option: string, result: unknown): boolean {
  if (result === true || result === false) return result;
  return invalidResult(option, result, 'true or false');
}

/** A random source. Default: the system's. The numbers of any other are checked. */
export const randomOption: Reader<Random> = (option, value) => {
  const draw = callback<() => unknown>()(option, value);
  if (draw === undefined) return systemRandom;
  return () => {
    const drawn = draw();
    if (typeof drawn === 'number' && drawn >= 0 && drawn <= 1) return drawn;
    return invalidResult(option, drawn, 'a number from 0 to below 1');
  };
};

/** Throws the error of a user's function that returned something invalid. */
export function invalidResult(option: string, result: unknown, allowed: string): never {
  leave(result);
  throw new TypeError(`${option}: returned ${describe(result)}; expected ${allowed}`);
}

/** An object that has these methods, or `undefined`. */
export function objectWith<T>(what: string, ...methods: string[]): Reader<T | undefined> {
  return (option, value) => {
    if (value === undefined || hasMethods(value, methods)) return value as T | undefined;
    return invalid(option, value, what);
  };
}

/** Whether a value has these methods. */
export function hasMethods(value: unknown, methods: readonly string[]): boolean {
  return methods.every((method) => typeof look(value, method) === 'function');
}

const givenClock = objectWith<Clock>(
  'an object with now, setTimeout and clearTimeout',
  'now',
  'setTimeout',
  'clearTimeout',
);

/** A clock. Default: the system's. */
export const clockOption: Reader<Clock> = (option, value) =>
  givenClock(option, value) ?? systemClock;

/** The readers of the options that every policy has. */
export const policyOptions: { name: Reader<string | undefined>; clock: Reader<Clock> } = {
  name: (option, value) =>
    value === undefined || (typeof value === 'string' && value !== '')
      ? value
      : invalid(option, value, 'a non-empty string'),
  clock: clockOption,
};

/** The result of `policyOptions`. */
export interface ReadPolicyOptions {
  readonly name: string | undefined;
  readonly clock: Clock;
}
