import { look } from '../support/foreign.ts';
import { invalid } from '../support/options.ts';
import type { Reader } from '../support/options.ts';
import { warn } from '../support/warn.ts';

/**
 * A length of time: a number of milliseconds, a string such as `'250ms'`, `'30s'`, `'1m30s'` or
 * `'2h'`, or an object with any of the units, such as a `Temporal.Duration`.
 */
export type Duration = number | string | DurationParts;

/** A duration as an object: the sum of its units. */
export interface DurationParts {
  readonly days?: number | undefined;
  readonly hours?: number | undefined;
  readonly minutes?: number | undefined;
  readonly seconds?: number | undefined;
  readonly milliseconds?: number | undefined;
}

const unitMs: Record<string, number> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };
const units = { days: 'd', hours: 'h', minutes: 'm', seconds: 's', milliseconds: 'ms' };

/** Reads a duration as milliseconds. `Infinity` is valid only if `infinite` is true. */
export function duration(byDefault?: number, infinite = false): Reader<number> {
  return (option, value) => toMs(option, value === undefined ? byDefault : value, infinite);
}

/**
 * Converts a duration to milliseconds. Negative, `NaN` and unreadable values throw an error that names
 * the option, and so does `Infinity` unless `infinite` is true.
 */
export function toMs(option: string, value: unknown, infinite = false): number {
  const ms = typeof value === 'number' ? value : (readString(value) ?? readParts(value));
  if (ms >= 0 && (ms !== Infinity || infinite)) return ms;
  return invalid(
    option,
    value,
    `milliseconds from 0 to ${infinite ? 'Infinity' : 'any finite number'}, a string such as "1m30s" ` +
      'or an object such as { seconds: 30 }',
  );
}

/**
 * As `duration`, for options that are usually seconds or more: a bare number under 100 is read as ms,
 * with a warning, since it was most likely meant as seconds.
 */
export function longDuration(policy: string, byDefault?: number, infinite = false): Reader<number> {
  const read = duration(byDefault, infinite);
  return (option, value) => {
    const ms = read(option, value);
    if (typeof value === 'number') warnOfShort(policy, option, ms);
    return ms;
  };
}

/** Warns about a number that was most likely meant as seconds. */
export function warnOfShort(policy: string, option: string, ms: number): void {
  if (!(ms > 0 && ms < 100)) return;
  const number = String(ms);
  warn(
    'HIGHWAY_SHORT_DURATION',
    `${policy}: ${option}: ${number} means ${number} ms; write "${number}s" for seconds, or "${number}ms"`,
  );
}

/** No sensible duration is longer, but input from outside can have any length. */
const longestString = 100;
const part = /(\d+(?:\.\d+)?)\s*(ms|[dhms])\s*/y;

// Part by part from the start, so the time is linear in the length of the string.
function readString(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  if (value.length > longestString) return Number.NaN;
  const trimmed = value.trim();
  let total = Number.NaN;
  for (part.lastIndex = 0; part.lastIndex < trimmed.length;) {
    const read = part.exec(trimmed);
    if (read === null) return Number.NaN;
    total = (total || 0) + Number(read[1]) * unitMs[read[2]!]!;
  }
  part.lastIndex = 0;
  return total;
}

// Temporal.Duration has its units in getters of its prototype. Years, months and weeks have no fixed
// length or are not supported, so a value that uses them is invalid.
function readParts(value: unknown): number {
  const unsupported = ['years', 'months', 'weeks', 'microseconds', 'nanoseconds'];
  if (unsupported.some((key) => look(value, key))) return Number.NaN;
  let total = Number.NaN;
  for (const [key, unit] of Object.entries(units)) {
    const amount = look(value, key);
    if (amount === undefined) continue;
    if (typeof amount !== 'number') return Number.NaN;
    total = (total || 0) + amount * unitMs[unit]!;
  }
  if (Number.isNaN(total)) return total;
  return Object.keys(value as object).every((key) => Object.hasOwn(units, key))
    ? total
    : Number.NaN;
}
