import { Fraction } from '../../values/fraction.ts';
import type { BreakerRules } from './options.ts';
import { LastCalls } from './thresholds.ts';

let last: BreakerRules | undefined;

/**
 * Breakers are often made in great numbers, one per host or tenant, with equal options. Successive breakers with
 * equal rules share one object, which saves a quarter of a breaker's memory. Rules that refer to objects of the
 * user are never kept.
 */
export function shareRules(rules: BreakerRules): BreakerRules {
  if (last !== undefined && areEqual(last, rules)) return last;
  if (Object.values(rules).every(isPlain)) last = rules;
  return rules;
}

function areEqual(a: BreakerRules, b: BreakerRules): boolean {
  return (Object.keys(b) as (keyof BreakerRules)[]).every((key) => isSame(a[key], b[key]));
}

function isSame(a: unknown, b: unknown): boolean {
  if (a instanceof Fraction && b instanceof Fraction) return String(a) === String(b);
  if (a instanceof LastCalls && b instanceof LastCalls) {
    return a.constructor === b.constructor && isSame(a.trials, b.trials);
  }
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b;
  return a.length === b.length && a.every((each, i) => isSame(each, b[i]));
}

function isPlain(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isPlain);
  if (value instanceof Fraction || value instanceof LastCalls) return true;
  return typeof value !== 'object' && typeof value !== 'function';
}
