import { systemClock } from '../clock.ts';
import type { Clock } from '../clock.ts';
import { describe } from './describe.ts';
import { isClass, isPlain, isThenable, leave, look, tagOf } from './foreign.ts';
import { systemRandom } from '../random.ts';
import type { Random } from '../random.ts';

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
  checkKeys(owner, options, Object.keys(readers));
  const read: Record<string, unknown> = {};
  for (const [option, reader] of Object.entries(readers)) {
    read[option] = reader(option, options[option]);
  }
  return read as Read<Readers>;
}

/** Refuses what is no object of options, and options that are not known. */
export function checkKeys(
  owner: string,
  options: unknown,
  known: readonly string[],
): asserts options is Record<string, unknown> {
  if (!isRecord(options)) {
    leave(options);
    throw new TypeError(`${owner}: options must be an object, got ${describe(options)}`);
  }
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) {
      const all = known.join(', ');
      throw new TypeError(`${owner}: unknown option ${describe(key)}; known are ${all}`);
    }
  }
}

/**
 * Whether a value can be an object of options: plain, a module, or an instance of a user's own class.
 * What has a use of its own, as promises, signals and maps do, would be ignored silently.
 */
export function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  if (isPlain(value)) return true;
  return /^(Object|Module)$/.test(tagOf(value)) && !isThenable(value);
}

/** Throws what every bad option throws: its name, the value received, and what is allowed. */
export function invalid(
  option: string,
  value: unknown,
  allowed: string,
  ErrorType: typeof RangeError = typeof value === 'number' ? RangeError : TypeError,
): never {
  leave(value);
  throw new ErrorType(`${option}: ${describe(value)} is not allowed; it takes ${allowed}`);
}

/** An integer of at least `least`, and `Infinity` where `infinite` allows it. */
export function count(least: number, byDefault?: number, infinite = false): Reader<number> {
  return (option, given) => {
    const value = given === undefined ? byDefault : given;
    if (Number.isSafeInteger(value) && (value as number) >= least) return value as number;
    if (infinite && value === Infinity) return Infinity;
    return invalid(
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
    const bound = most >= Number.MAX_VALUE ? `of at least ${String(least)}` : '';
    return invalid(
      option,
      value,
      `a number ${bound || `from ${String(least)} to ${String(most)}`}`,
    );
  };
}

/** True or false. */
export function flag(byDefault: boolean): Reader<boolean> {
  return (option, value = byDefault) =>
    typeof value === 'boolean' ? value : invalid(option, value, 'true or false');
}

/** A function, or nothing. A class is none: it can't be called, or what it gives is an object. */
export function callback<F>(): Reader<F | undefined> {
  return (option, value) =>
    value === undefined || isCallback(value)
      ? (value as F | undefined)
      : invalid(option, value, 'a function');
}

/** Whether a value is a function that can be called as one. */
export function isCallback(value: unknown): boolean {
  return typeof value === 'function' && !isClass(value);
}

/**
 * A function that answers yes or no, or nothing. Its answers are checked: a promise is true whatever
 * it comes to, and what is neither true nor false is a mistake that nobody would see.
 */
export function predicate(): Reader<((value: unknown) => boolean) | undefined> {
  const read = callback<(value: unknown) => unknown>();
  return (option, value) => {
    const ask = read(option, value);
    return ask && ((of) => checkAnswer(option, ask(of)));
  };
}

/** Checks what a predicate answered. */
export function checkAnswer(option: string, answer: unknown): boolean {
  if (answer === true || answer === false) return answer;
  return invalidAnswer(option, answer, 'true or false');
}

/** A random source. Default: the system's. The numbers of any other are checked. */
export const randomOption: Reader<Random> = (option, value) => {
  const draw = callback<() => unknown>()(option, value);
  if (draw === undefined) return systemRandom;
  return () => {
    const drawn = draw();
    if (typeof drawn === 'number' && drawn >= 0 && drawn <= 1) return drawn;
    return invalidAnswer(option, drawn, 'a number from 0 to below 1');
  };
};

/** Throws what every wrong answer of a user's function throws. */
export function invalidAnswer(option: string, answer: unknown, allowed: string): never {
  leave(answer);
  throw new TypeError(`${option}: it returned ${describe(answer)}; it must return ${allowed}`);
}

/** An object that has these methods, or nothing. */
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

/** The options that every policy has. */
export const policyOptions: { name: Reader<string | undefined>; clock: Reader<Clock> } = {
  name: (option, value) =>
    value === undefined || (typeof value === 'string' && value !== '')
      ? value
      : invalid(option, value, 'a string that is not empty'),
  clock: clockOption,
};

/** What they give. */
export interface ReadPolicyOptions {
  readonly name: string | undefined;
  readonly clock: Clock;
}
