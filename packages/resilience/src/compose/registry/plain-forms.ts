import { Backoff } from '../../values/backoff.ts';
import type { BackoffOptions } from '../../values/backoff.ts';
import { consecutive, rate, slow } from '../../policies/circuit-breaker/index.ts';
import type {
  RateOptions,
  SlowOptions,
  ThresholdLike,
} from '../../policies/circuit-breaker/index.ts';
import { isPlain } from '../../support/foreign.ts';
import { invalid } from '../../support/options.ts';
import { RetryBudget } from '../../values/retry-budget.ts';
import type { RetryBudgetOptions } from '../../values/retry-budget.ts';

/** A threshold as plain data, in the form of its `toJSON`. */
export type ThresholdData =
  | { readonly type: 'consecutive'; readonly failures: number }
  | ({ readonly type: 'rate'; readonly ratio: number } & RateOptions)
  | ({ readonly type: 'slow'; readonly ratio: number } & SlowOptions);

/** The plain-data forms of options whose values are objects with methods. */
export interface PlainForms {
  backoff: BackoffOptions;
  budget: RetryBudgetOptions;
  cooldown: BackoffOptions;
  failureThreshold: ThresholdData | readonly (ThresholdLike | ThresholdData)[];
}

const readers: Readonly<Record<string, (option: string, value: unknown) => unknown>> = {
  backoff: toBackoff,
  cooldown: toBackoff,
  budget: toBudget,
  failureThreshold: (option, value) =>
    Array.isArray(value)
      ? value.map((each: unknown, i) => toThreshold(`${option}[${String(i)}]`, each))
      : toThreshold(option, value),
};

/** Converts plain-data forms into the form that policies take. */
export function fromPlain(options: object): Record<string, unknown> {
  const read: Record<string, unknown> = { ...options };
  for (const [option, value] of Object.entries(options)) {
    const reader = Object.hasOwn(readers, option) ? readers[option] : undefined;
    if (reader !== undefined) read[option] = reader(option, value);
  }
  return read;
}

// A cooldown may also be a duration such as `{ seconds: 30 }`.
function toBackoff(_option: string, value: unknown): unknown {
  return isPlain(value) && 'minDelay' in value
    ? new Backoff(value as unknown as BackoffOptions)
    : value;
}

function toBudget(_option: string, value: unknown): unknown {
  return isPlain(value) && value['tryTake'] === undefined ? new RetryBudget(value) : value;
}

function toThreshold(option: string, value: unknown): unknown {
  if (!isPlain(value) || value['type'] === undefined) return value;
  const { type, ratio, failures, ...rest } = value as { [key: string]: unknown; ratio: number };
  switch (type) {
    case 'consecutive':
      return consecutive(failures as number);
    case 'rate':
      return rate(ratio, rest as unknown as RateOptions);
    case 'slow':
      return slow(ratio, rest as unknown as SlowOptions);
    default:
      return invalid(option, type, 'the type consecutive, rate or slow');
  }
}
