import { describe } from './internal/options.ts';

/**
 * A length of time: milliseconds, a string such as `'250ms'`, `'30s'`, `'1m30s'`, `'2h'`, or an
 * object with any of the units (a `Temporal.Duration` is one).
 */
export type Duration = number | string | DurationParts;

/** The units that an object given as a duration may have; they are added up. */
export interface DurationParts {
  readonly days?: number;
  readonly hours?: number;
  readonly minutes?: number;
  readonly seconds?: number;
  readonly milliseconds?: number;
}

const unitMs = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };
const partMs = {
  days: unitMs.d,
  hours: unitMs.h,
  minutes: unitMs.m,
  seconds: unitMs.s,
  milliseconds: 1,
};

/**
 * Reads an option's duration as milliseconds. Negative, `NaN` and unreadable values throw an error
 * that names the option; `Infinity` does unless `infinite` allows it.
 */
export function toMs(option: string, value: unknown, infinite = false): number {
  const ms = read(value);
  if (ms === undefined) {
    throw new TypeError(
      `${option}: ${describe(value)} is not a duration; milliseconds, a string such as "250ms", ` +
        '"30s" or "1m30s", or an object such as { seconds: 30 } is',
    );
  }
  if (!(ms >= 0) || (ms === Infinity && !infinite)) {
    throw new RangeError(
      `${option}: ${describe(value)} is out of range; a duration is ${infinite ? '' : 'finite and '}not negative`,
    );
  }
  return ms;
}

function read(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'string') return readText(value.trim());
  if (typeof value === 'object' && value !== null) return readParts(value);
  return undefined;
}

function readText(text: string): number | undefined {
  if (!/^-?(\d+(\.\d+)?\s*(ms|[dhms])\s*)+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/([\d.]+)\s*(ms|[dhms])/g)) {
    total += Number(amount) * unitMs[unit as keyof typeof unitMs];
  }
  return text.startsWith('-') ? -total : total;
}

function readParts(value: object): number | undefined {
  let total: number | undefined;
  // Temporal.Duration keeps its units in getters of its prototype; years, months and weeks have no
  // fixed length or no place here, so a value that uses them is refused.
  for (const key of ['years', 'months', 'weeks', 'microseconds', 'nanoseconds']) {
    if ((value as Record<string, unknown>)[key]) return undefined;
  }
  for (const [key, ms] of Object.entries(partMs)) {
    const amount = (value as Record<string, unknown>)[key];
    if (amount === undefined) continue;
    if (typeof amount !== 'number') return undefined;
    total = (total ?? 0) + amount * ms;
  }
  return isTemporal(value) || onlyParts(value) ? total : undefined;
}

function onlyParts(value: object): boolean {
  return Object.keys(value).every((key) => Object.hasOwn(partMs, key));
}

function isTemporal(value: object): boolean {
  return (value as Record<symbol, unknown>)[Symbol.toStringTag] === 'Temporal.Duration';
}
