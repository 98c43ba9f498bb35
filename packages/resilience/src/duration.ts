import { look } from './internal/foreign.ts';
import { invalid } from './internal/options.ts';
import type { Reader } from './internal/options.ts';
import { warn } from './internal/warn.ts';

/**
 * A length of time: milliseconds, a string such as `'250ms'`, `'30s'`, `'1m30s'`, `'2h'`, or an
 * object with any of the units (a `Temporal.Duration` is one).
 */
export type Duration = number | string | DurationParts;

/** The units that an object given as a duration may have; they are added up. */
export interface DurationParts {
  readonly days?: number | undefined;
  readonly hours?: number | undefined;
  readonly minutes?: number | undefined;
  readonly seconds?: number | undefined;
  readonly milliseconds?: number | undefined;
}

const unitMs: Record<string, number> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };
const units = { days: 'd', hours: 'h', minutes: 'm', seconds: 's', milliseconds: 'ms' };

/** A duration, read as milliseconds; `Infinity` is one where `infinite` allows it. */
export function duration(byDefault?: number, infinite = false): Reader<number> {
  return (option, value) => toMs(option, value === undefined ? byDefault : value, infinite);
}

/**
 * Reads an option's duration as milliseconds. Negative, `NaN` and unreadable values throw an error
 * that names the option; `Infinity` does unless `infinite` allows it.
 */
export function toMs(option: string, value: unknown, infinite = false): number {
  const ms = typeof value === 'number' ? value : (readText(value) ?? readParts(value));
  if (ms >= 0 && (ms !== Infinity || infinite)) return ms;
  return invalid(
    option,
    value,
    `milliseconds from 0 to ${infinite ? 'Infinity' : 'any finite number'}, a text such as "1m30s" ` +
      'or an object such as { seconds: 30 }',
  );
}

/**
 * As `duration`, for what is seconds or more wherever it is used: a bare number under 100 is taken for
 * ms as it says, and warned of, since it was most likely meant as seconds.
 */
export function longDuration(policy: string, byDefault?: number, infinite = false): Reader<number> {
  const read = duration(byDefault, infinite);
  return (option, value) => {
    const ms = read(option, value);
    if (typeof value === 'number') warnOfShort(policy, option, ms);
    return ms;
  };
}

/** Warns of a number that was most likely meant as seconds. */
export function warnOfShort(policy: string, option: string, ms: number): void {
  if (!(ms > 0 && ms < 100)) return;
  const number = String(ms);
  warn(
    'HIGHWAY_SHORT_DURATION',
    `${policy}: ${option}: ${number} is ${number} ms; say "${number}s" if seconds are meant, or "${number}ms"`,
  );
}

/** No sensible duration is longer; what comes from outside may be of any length. */
const longestText = 100;
const part = /(\d+(?:\.\d+)?)\s*(ms|[dhms])\s*/y;

// Part by part from the beginning, so that it takes time in proportion to the length of the text.
function readText(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  if (value.length > longestText) return Number.NaN;
  const text = value.trim();
  let total = Number.NaN;
  for (part.lastIndex = 0; part.lastIndex < text.length;) {
    const read = part.exec(text);
    if (read === null) return Number.NaN;
    total = (total || 0) + Number(read[1]) * unitMs[read[2]!]!;
  }
  part.lastIndex = 0;
  return total;
}

// Temporal.Duration keeps its units in getters of its prototype. Years, months and weeks have no
// fixed length or no place here, so a value that uses them is refused.
function readParts(value: unknown): number {
  const strange = ['years', 'months', 'weeks', 'microseconds', 'nanoseconds'];
  if (strange.some((key) => look(value, key))) return Number.NaN;
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
