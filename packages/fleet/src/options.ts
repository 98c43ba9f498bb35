import { systemClock, systemRandom, toMs } from '@highway/resilience';
import type { Clock, Random } from '@highway/resilience';

/** Throws what every bad option throws: its name, the value received, and what is allowed. */
export function refuseOption(option: string, value: unknown, allowed: string): never {
  const ErrorType = typeof value === 'number' ? RangeError : TypeError;
  throw new ErrorType(`${option}: ${show(value)} is not allowed; it takes ${allowed}`);
}

/** Reads a whole number that is not below `least`. */
export function wholeNumber(option: string, value: unknown, least: number): number {
  if (Number.isSafeInteger(value) && (value as number) >= least) return value as number;
  return refuseOption(option, value, `a whole number from ${String(least)}`);
}

/** So that a few of them together are still what a timer holds: a longer one would fire at once. */
const longestTimerMs = 86_400_000;

/** Reads a time that timers are set for, in ms. */
export function readTimerMs(option: string, value: unknown): number {
  const ms = toMs(option, value);
  if (ms >= 10 && ms <= longestTimerMs) return ms;
  return refuseOption(option, value, 'a time from 10 ms to 1 day');
}

/** Reads where time comes from: the system, unless told otherwise. */
export function readClock(value: unknown): Clock {
  if (value === undefined) return systemClock;
  if (hasMethods(value, 'now', 'setTimeout', 'clearTimeout')) return value as Clock;
  return refuseKind('clock', value, 'an object with now, setTimeout and clearTimeout');
}

/** Reads where chance comes from: the system, unless told otherwise. */
export function readRandom(value: unknown): Random {
  if (value === undefined) return systemRandom;
  if (typeof value === 'function') return value as Random;
  return refuseKind('random', value, 'a function that gives numbers from 0 to below 1');
}

/** Whether this is an object that has these methods. */
export function hasMethods(value: unknown, ...methods: string[]): boolean {
  const given = Object(value) as Record<string, unknown>;
  return methods.every((method) => typeof given[method] === 'function');
}

/** Refuses every option that isn't known: a misspelt one would be ignored without a word. */
export function refuseUnknown(owner: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    refuseKind(owner, options, 'an object of options');
  }
  for (const option of Object.keys(options)) {
    if (known.includes(option)) continue;
    throw new TypeError(`${owner}: unknown option ${show(option)}; known are ${known.join(', ')}`);
  }
}

/**
 * Shows a value in a message: short, and safe for anything that JavaScript can hold. A text is shown
 * only where it can be no secret, since connection strings and passwords are given in wrong places; what
 * is in an object is not shown at all.
 */
export function show(value: unknown): string {
  if (typeof value === 'string') return showText(value);
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value).slice(0, 60);
  if (Array.isArray(value)) return 'an array';
  if (value instanceof Named) return value.name;
  return value instanceof Promise ? 'a Promise' : 'an object';
}

/** A value of which is known what it is called. */
export class Named {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** Names, durations and numbers are short and plain. */
function showText(text: string): string {
  const plain = text.length <= 40 && !/[@=]|:[^ ]|\/\/|pass|secret|token|key/i.test(text);
  return plain ? JSON.stringify(text) : `a text of ${String(text.length)} characters`;
}

/** Refuses a value of the wrong kind. A text is not shown: it may be a connection string. */
export function refuseKind(option: string, value: unknown, allowed: string): never {
  if (typeof value !== 'string') refuseOption(option, value, allowed);
  throw new TypeError(`${option}: a text is not allowed; it takes ${allowed}`);
}
