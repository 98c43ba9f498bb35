import { toMs } from '@highway/resilience';
import { invalid } from '@highway/resilience/options';

/** Small enough that the sum of a few still fits a timer: a longer one would fire at once. */
const longestTimerMs = 86_400_000;

/** Reads a duration for a timer, in ms. */
export function readTimerMs(option: string, value: unknown): number {
  const ms = toMs(option, value);
  if (ms >= 10 && ms <= longestTimerMs) return ms;
  return invalid(option, value, 'a duration from 10 ms to 1 day');
}

/**
 * Throws for a value of the wrong kind. Shows neither a string nor the content of an object, which may be
 * a connection string or contain a password.
 */
export function invalidKind(option: string, value: unknown, allowed: string): never {
  if (typeof value === 'string') throw invalidValue(option, 'a string', allowed);
  if (typeof value === 'object' && value !== null) {
    throw invalidValue(option, Array.isArray(value) ? 'an array' : 'an object', allowed);
  }
  return invalid(option, value, allowed);
}

/** Creates the error for an invalid value that is shown as `shown`. */
export function invalidValue(option: string, shown: string, allowed: string): TypeError {
  return new TypeError(`${option}: ${shown} is invalid; expected ${allowed}`);
}
