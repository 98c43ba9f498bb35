import { duration, longDuration } from '../../values/duration.ts';
import type { Duration } from '../../values/duration.ts';
import { callback, count, flag, policyOptions, readOptions } from '../../support/options.ts';
import type { ReadPolicyOptions } from '../../support/options.ts';
import type { PolicyOptions, PolicySettings } from '../../policy.ts';

/** Options of a `CachePolicy`. */
export interface CacheOptions extends PolicyOptions {
  /** How long a value is fresh. With 0, calls are only coalesced. */
  readonly ttl: Duration;
  /**
   * Returns the key of a wrapped function's call, from its arguments and its `this`. Keys are compared as in a
   * `Map`. A call whose key is `undefined` is neither cached nor coalesced. Default: none; only calls through
   * `execute(fn, { key })` are cached.
   */
  readonly key?: ((this: never, ...args: never[]) => unknown) | undefined;
  /** How many values are kept. The least recently used is removed first. Default: 1000. */
  readonly maxEntries?: number | undefined;
  /** Whether concurrent calls with the same key share one execution. Default: true. */
  readonly coalesce?: boolean | undefined;
  /** How long after its `ttl` a value may be returned instead of an error. Default: 0. */
  readonly staleIfError?: Duration | undefined;
}

/** The default values. */
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

/** The validated options of a cache. */
export interface CacheRules extends ReadPolicyOptions {
  readonly key: AnyKey | undefined;
  /** In ms, as is `staleIfError`. */
  readonly ttl: number;
  readonly maxEntries: number;
  readonly coalesce: boolean;
  readonly staleIfError: number;
}

/** Reads and checks the options. Throws for the first invalid or unknown one, naming it. */
export function readCacheOptions(options: CacheOptions): CacheRules {
  return readOptions('CachePolicy', options, readers);
}

/** The settings as plain data. */
export function cacheSettings({
  name,
  ttl,
  maxEntries,
  coalesce,
  staleIfError,
}: CacheRules): PolicySettings {
  return { type: 'cache', name, ttl, maxEntries, coalesce, staleIfError };
}
