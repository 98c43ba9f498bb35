/**
 * What a hard case may ask of a library: policies described by what they do, not by how one library
 * spells it, and time that moves only when the case says so. A driver that has no such feature
 * throws `NotOffered`, which is no failure.
 */

/** A library that takes part in the comparison. */
export interface Library {
  readonly name: string;
  readonly version: string;
  /** Opens a driver for one run of one case. */
  open(): Driver;
}

/** A library at work on one case. */
export interface Driver {
  readonly time: Time;
  breaker(options: BreakerSetup): Breaker;
  /** Two breakers made from one and the same configuration of the library. */
  breakersOfOneConfig(options: BreakerSetup): readonly [Breaker, Breaker];
  retry(options: RetrySetup): Protection;
  /** The waits of a backoff before the first, second … retry, in ms. */
  delays(backoff: BackoffSetup, count: number): readonly number[];
  /** Gives a call up when it takes longer; its function may run on. */
  timeout(ms: number): Protection;
  bulkhead(options: BulkheadSetup): Protection;
  fallback(options: FallbackSetup): Protection;
  cache(options: CacheSetup): Cache;
  /** Two caches made from one and the same configuration of the library. */
  cachesOfOneConfig(options: CacheSetup): readonly [Cache, Cache];
  /** The outer protection around the inner. */
  chain(outer: Protection, inner: Protection): Protection;
  /** Gives the globals back. */
  close(): void;
}

/** Time under control. Every method lets the promises that hang on it settle. */
export interface Time {
  /** Whether time is being moved. */
  readonly moving: boolean;
  /** How many timers are set. */
  readonly pendingTimers: number;
  /** Moves time on, running each timer when it is due. */
  advance(ms: number): Promise<void>;
  /** Moves time on as a stalled event loop does: what became due meanwhile runs once, afterwards. */
  stall(ms: number): Promise<void>;
  /** Sets the wall clock, as a host's administrator does; no time passes. */
  stepWallClock(ms: number): void;
  /** Lets everything settle that can without time passing. */
  settle(): Promise<void>;
}

/** A function that the library protects: it may heed the signal. */
export type Work = (signal: AbortSignal | undefined) => unknown;

/** What a policy does around a function. */
export interface Protection {
  run(work: Work, signal?: AbortSignal): Promise<unknown>;
}

/** What a cache does around functions that are known by keys. */
export interface Cache {
  get(key: string, work: Work, signal?: AbortSignal): Promise<unknown>;
}

/** The states of a circuit breaker. */
export type BreakerState = 'closed' | 'open' | 'half-open' | 'isolated';

export interface Breaker extends Protection {
  readonly state: BreakerState;
  /** How many failures the window holds. */
  windowFailures(): number;
  open(): void;
  close(): void;
  /** Holds it open until the returned function is called. */
  isolate(): () => void;
  /** Switches the protection off. */
  disable(): void;
  /** What another process can be given, as a JSON string. */
  snapshot(): string;
}

/** When a breaker opens. */
export type OpensAfter =
  /** So many failures and no success. */
  | { readonly failures: number }
  /** So many failures among the last calls. */
  | { readonly failures: number; readonly ofLast: number }
  /** Such a share of the calls within a time, if there were enough of them. */
  | { readonly ratio: number; readonly overMs: number; readonly minimumCalls: number };

export interface BreakerSetup {
  readonly opensAfter: OpensAfter;
  /** How long it stays open; a list gives the waits of the first, second … opening. */
  readonly cooldownMs: number | readonly number[];
  /** How many trial calls a half-open circuit admits; all of them must succeed. Default: 1. */
  readonly trialCalls?: number;
  /** Which errors count; others are none of the breaker's business. Default: all. */
  readonly counts?: (error: unknown) => boolean;
  /** Hears of each change of state. */
  readonly onStateChange?: (state: BreakerState) => void;
  /** Hears of each call that succeeded, or (for `onCall`) that was made. */
  readonly onSuccess?: () => void;
  readonly onCall?: () => void;
  /** What `snapshot` of another breaker gave, parsed. */
  readonly restored?: unknown;
}

export interface RetrySetup {
  readonly maxRetries: number;
  /** Default: no wait. */
  readonly backoff?: BackoffSetup;
  /** Which errors are worth another attempt. Default: all. */
  readonly handle?: (error: unknown) => boolean;
  /** Which results are worth another attempt. Default: none. */
  readonly handleResult?: (value: unknown) => boolean;
  readonly maxDurationMs?: number;
  readonly onRetry?: () => void;
  readonly onSuccess?: () => void;
}

export type BackoffSetup =
  | { readonly kind: 'fixed'; readonly delayMs: number }
  | {
      readonly kind: 'exponential';
      readonly minDelayMs: number;
      readonly maxDelayMs: number;
      readonly factor?: number;
      readonly jitter?: 'none' | 'full' | 'decorrelated';
    };

export interface BulkheadSetup {
  readonly maxConcurrent: number;
  /** How many more may wait. Default: 0. */
  readonly maxQueued?: number;
  /** When a call times out, from outside the bulkhead. Default: never. */
  readonly timeoutMs?: number;
}

export interface FallbackSetup {
  /** What answers for a call that failed. */
  readonly answer: () => unknown;
  /** Which errors it answers for. Default: all. */
  readonly handle?: (error: unknown) => boolean;
  /** When a call fails because it takes too long. Default: never. */
  readonly timeoutMs?: number;
}

export interface CacheSetup {
  /** For how long a value is kept; 0 where calls are only to share an execution. */
  readonly ttlMs: number;
  /** Whether calls that come together share one execution. */
  readonly coalesce: boolean;
}

/** The library has no such feature. */
export class NotOffered extends Error {
  override readonly name = 'NotOffered';
}

/** Says that a library has no such feature. */
export function notOffered(feature: string): never {
  throw new NotOffered(feature);
}
