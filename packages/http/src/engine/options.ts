import type {
  Backoff,
  CircuitBreakerOptions,
  Clock,
  Duration,
  HedgeOptions,
  Random,
  RateLimiterOptions,
  RetryBudget,
} from '@highway/resilience';
import type { RequestLike } from '../outcomes/idempotent.ts';

/** How an attempt ended, for `classify`. */
export interface ClassifiedOutcome<Answer> {
  /** The answer; its body must not be read. Absent if there is none. */
  readonly response?: Answer | undefined;
  /** What the attempt threw; absent if there was an answer. */
  readonly error?: unknown;
}

/** What `classify` makes of an outcome. */
export type Classification = 'success' | 'failure' | 'retry' | 'ignore' | undefined;

/** Options of retries. */
export interface HttpRetryOptions {
  /** How many attempts may follow the first. Default: 3. */
  readonly maxRetries?: number | undefined;
  /** The delays between attempts. Default: 200 ms, doubling up to 10 s, with full jitter. */
  readonly backoff?: Backoff | undefined;
  /** Limits retries to a share of the calls; `false` for no limit. Default: 20 %, but at least 3 at once. */
  readonly budget?: RetryBudget | false | undefined;
  /** The statuses that are retried. They replace the default: 408, 425, 429, 500, 502, 503, 504, 520 to 529. */
  readonly statuses?: readonly number[] | undefined;
  /**
   * The methods that are retried after outcomes that leave open whether the request was processed. They replace the
   * default: GET, HEAD, PUT, DELETE, OPTIONS, QUERY. Requests with an `Idempotency-Key` are retried in any case.
   */
  readonly methods?: readonly string[] | undefined;
}

/** The options of `CircuitBreakerPolicy` that circuits take. What is a failure, the table of outcomes says. */
export type CircuitOptions = Pick<
  CircuitBreakerOptions,
  | 'failureThreshold'
  | 'cooldown'
  | 'successThreshold'
  | 'trialTimeout'
  | 'maxConcurrentTrials'
  | 'rampUp'
  | 'onStateChange'
>;

/** Options of circuits. */
export interface HttpBreakerOptions extends CircuitOptions {
  /** What has a circuit of its own. Default: `'origin'`. */
  readonly per?: 'origin' | ((request: RequestLike) => string) | undefined;
  /**
   * How many circuits are kept at most. If all of them are needed, further keys share one. Default: 1000.
   */
  readonly maxKeys?: number | undefined;
}

/** Options of hedges. */
export type HttpHedgeOptions = Pick<HedgeOptions, 'delay' | 'maxHedges'>;

/** Options of the rate limit. */
export type HttpRateLimitOptions = Pick<RateLimiterOptions, 'limit' | 'per' | 'burst' | 'maxWait'>;

/** The options that all clients have. */
export interface ResilienceOptions<Answer = Response> {
  /** Labels policies, errors and metrics. Default: none. */
  readonly name?: string | undefined;
  /** The time source. Default: the system's monotonic clock and timers. */
  readonly clock?: Clock | undefined;
  /** The random source. Default: the system's. */
  readonly random?: Random | undefined;
  /** How many calls may run at the same time, up to their headers; `false` for no limit. Default: 1000. */
  readonly concurrency?: number | false | undefined;
  /** How long a call may take up to its headers, with retries and waits; `false` for no limit. Default: 30 s. */
  readonly totalTimeout?: Duration | false | undefined;
  /** How long each attempt may take up to its headers; `false` for no limit. Default: 10 s. */
  readonly attemptTimeout?: Duration | false | undefined;
  /** How long a reader may wait for the next chunk of a body; `false` for no limit. Default: 30 s. */
  readonly bodyTimeout?: Duration | false | undefined;
  /** Retries; `false` for none. */
  readonly retry?: HttpRetryOptions | false | undefined;
  /** Circuits; `false` for none. */
  readonly breaker?: HttpBreakerOptions | false | undefined;
  /** A second attempt beside a slow one, for GET and HEAD. Default: `false`. */
  readonly hedge?: HttpHedgeOptions | false | undefined;
  /** Limits how many attempts start, to all origins together. Default: no limit. */
  readonly rateLimit?: HttpRateLimitOptions | undefined;
  /** Whether a final status of 400 and above is thrown as an `HttpStatusError`, in place of being returned. Default: `false`. */
  readonly rejectOnStatus?: boolean | undefined;
  /**
   * Judges an outcome in place of the table: `'retry'` also repeats requests that are not idempotent; `'ignore'` is
   * no outcome for the circuit. `undefined` leaves it to the table.
   */
  readonly classify?:
    ((outcome: ClassifiedOutcome<Answer>, request: RequestLike) => Classification) | undefined;
  /**
   * Whether to tell the server how much time is left, in `x-highway-timeout-ms`. Default: `true`, and `false` in
   * browsers, which would send a preflight request for the header.
   */
  readonly deadline?: boolean | ((request: RequestLike) => boolean) | undefined;
}

/** The option `circuitBreaker` of a registry, without the predicates. */
export type BreakerSection = CircuitOptions &
  Pick<CircuitBreakerOptions, 'handle' | 'ignore' | 'clock'>;
