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
  return refuseOption('clock', value, 'an object with now, setTimeout and clearTimeout');
}

/** Reads where chance comes from: the system, unless told otherwise. */
export function readRandom(value: unknown): Random {
  if (value === undefined) return systemRandom;
  if (typeof value === 'function') return value as Random;
  return refuseOption('random', value, 'a function that gives numbers from 0 to below 1');
}

/** Whether this is an object that has these methods. */
export function hasMethods(value: unknown, ...methods: string[]): boolean {
  const given = Object(value) as Record<string, unknown>;
  return methods.every((method) => typeof given[method] === 'function');
}

/** Refuses every option that isn't known: a misspelt one would be ignored without a word. */
export function refuseUnknown(owner: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    refuseOption(owner, options, 'an object of options');
  }
  for (const option of Object.keys(options)) {
    if (known.includes(option)) continue;
    throw new TypeError(`${owner}: unknown option "${option}"; known are ${known.join(', ')}`);
  }
}

/** Shows a value in a message: short, and safe for anything that JavaScript can hold. */
export function show(value: unknown): string {
  let shown = String(value);
  try {
    if (typeof value === 'object' || typeof value === 'string') shown = JSON.stringify(value);
  } catch {
    shown = 'an object';
  }
  return shown.length > 60 ? `${shown.slice(0, 60)}…` : shown;
}
