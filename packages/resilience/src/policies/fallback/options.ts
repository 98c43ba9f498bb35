import type { CallContext } from '../../pipeline/call.ts';
import { isClass } from '../../support/foreign.ts';
import { policyOptions, predicate, readOptions, invalid } from '../../support/options.ts';
import type { Judge, ReadPolicyOptions } from '../../support/options.ts';
import type {
  ErrorPredicate,
  PolicyOptions,
  PolicySettings,
  ResultPredicate,
} from '../../policy.ts';

/** Options of a `FallbackPolicy`. */
export interface FallbackOptions<Value> extends PolicyOptions {
  /** What callers get instead: a value, or a function that returns a value or a promise. */
  readonly fallback: Value | ((error: unknown, context: CallContext) => Value | PromiseLike<Value>);
  /** Which errors the fallback replaces. Default: every error. */
  readonly handle?: ErrorPredicate | undefined;
  /** Which results the fallback replaces. Default: none. */
  readonly handleResult?: ResultPredicate | undefined;
}

const readers = {
  ...policyOptions,
  fallback: (option: string, value: unknown): unknown =>
    isClass(value) ? invalid(option, value, 'a value or a function') : value,
  handle: predicate(),
  handleResult: predicate(),
};

/** The validated options of a fallback. */
export interface FallbackRules extends ReadPolicyOptions {
  readonly fallback: unknown;
  readonly handle: Judge | undefined;
  readonly handleResult: Judge | undefined;
}

/** Reads and checks the options. Throws for the first invalid one, naming it. */
export function readFallbackOptions<Value>(options: FallbackOptions<Value>): FallbackRules {
  const read = readOptions('FallbackPolicy', options, readers);
  if (!('fallback' in options)) invalid('fallback', undefined, 'a value or a function');
  return read;
}

/** The settings as plain data, without the fallback itself. */
export function fallbackSettings({ name }: Pick<FallbackRules, 'name'>): PolicySettings {
  return { type: 'fallback', name };
}
