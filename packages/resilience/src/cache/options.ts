import { duration, longDuration } from '../duration.ts';
import type { Duration } from '../duration.ts';
import { callback, count, flag, policyOptions, readOptions } from '../internal/options.ts';
import type { ReadPolicyOptions } from '../internal/options.ts';
import type { PolicyOptions, PolicySettings } from '../policy.ts';

/** Options of a `CachePolicy`. */
export interface CacheOptions extends PolicyOptions {
  /** For how long a value is fresh. With 0 nothing is, and calls are only coalesced. */
  readonly ttl: Duration;
  /**
   * What a wrapped function's call is known by: gets its arguments and its `this`. Keys are equal as
   * in a `Map`. A call whose key is `undefined` is neither cached nor coalesced. Default: none, so
   * that only `execute(fn, { key })` is.
   */
  readonly key?: ((this: never, ...args: never[]) => unknown) | undefined;
  /** How many values are kept; the least recently used goes first. Default: 1000. */
  readonly maxEntries?: number | undefined;
  /** Whether calls with one key share one execution while it is under way. Default: true. */
  readonly coalesce?: boolean | undefined;
  /** For how long, after its `ttl`, a value is served where there is an error instead. Default: 0. */
  readonly staleIfError?: Duration | undefined;
}

/** The defaults, in one place. */
export const cacheDefaults = { maxEntries: 1_000, coalesce: true, staleIfError: 0 } as const;

const readers = {
  ...policyOptions,
  key: callback<AnyKey>(),
  ttl: longDuration('CachePolicy'),
  maxEntries: count(1, cacheDefaults.maxEntries),
  coalesce: flag(cacheDefaults.coalesce),
  staleIfError: duration(cacheDefaults.staleIfError),
};

type AnyKey = (this: unknown, ...args: unknown[]) => unknown;

/** The options of a cache, checked and read. */
export interface CacheRules extends ReadPolicyOptions {
  readonly key: AnyKey | undefined;
  /** In ms, as is `staleIfError`. */
  readonly ttl: number;
  readonly maxEntries: number;
  readonly coalesce: boolean;
  readonly staleIfError: number;
}

/** Reads the options; throws at the first that is bad or unknown, naming it. */
export function readCacheOptions(options: CacheOptions): CacheRules {
  return readOptions('CachePolicy', options, readers);
}

/** The rules as plain data. */
export function cacheSettings(rules: CacheRules): PolicySettings {
  const { name, ttl, maxEntries, coalesce, staleIfError } = rules;
  return { type: 'cache', name, ttl, maxEntries, coalesce, staleIfError };
}
