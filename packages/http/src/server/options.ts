import { AdaptiveLimiterPolicy, toMs } from '@highway/resilience';
import type { Clock, Duration, Priority, Random } from '@highway/resilience';
import {
  callback,
  clockOption,
  count,
  describe,
  flag,
  invalid,
  randomOption,
  readOptions,
} from '@highway/resilience/options';
import type { Reader } from '@highway/resilience/options';

/** What `priority` gets if its parameter has no other type: what requests of Node, Express and Fastify have in common. */
export interface ServerRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  /** The headers of the request, with names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** The codes of the warnings. Stable, unlike the messages. */
export type ServerWarningCode = 'HIGHWAY_HTTP_SHEDDING' | 'HIGHWAY_HTTP_PRIORITY';

/** The second argument of `onWarning`. */
export interface ServerWarningDetails {
  readonly code: ServerWarningCode;
  /** Of `HIGHWAY_HTTP_SHEDDING`: how many requests were answered with 503 since the last warning. */
  readonly shed?: number | undefined;
  /** Of `HIGHWAY_HTTP_PRIORITY`: what `priority` threw, or the error that says what it returned. */
  readonly error?: unknown;
}

/** Options of `loadShedding`. */
export interface LoadSheddingOptions<Request = ServerRequest> {
  /**
   * Limits how many requests are in flight, and finds the limit itself. Default: a limiter that starts at 50 and may go
   * up to 1,000; none if there is `maxInFlight`. A limiter that is given belongs to its user, who may watch it.
   */
  readonly limiter?: AdaptiveLimiterPolicy | undefined;
  /** The most requests in flight at once. With a `limiter`, both limits hold. Default: `Infinity`. */
  readonly maxInFlight?: number | undefined;
  /**
   * How late the event loop may be, and how long a request may wait for its turn. `Infinity` switches this off.
   * Default: 100 ms.
   */
  readonly maxLoopDelay?: Duration | undefined;
  /**
   * How important a request is. Gets the request of the framework: of Node, Express or Fastify, or Hono's `c.req`.
   * Read it from a header only if the caller is trusted. If it throws, or returns anything else, the request is
   * `'normal'`, and `onWarning` is told. Default: all requests are equal.
   */
  readonly priority?: ((request: Request) => Priority) | undefined;
  /** Paths that are never shed, and never counted, such as `'/health'`: exact, without the query. Default: none. */
  readonly exempt?: readonly string[] | undefined;
  /**
   * Whether the deadline that a client sends is kept: in `x-highway-timeout-ms`, `grpc-timeout` or
   * `x-envoy-expected-rq-timeout-ms`. Default: true.
   */
  readonly deadline?: boolean | undefined;
  /**
   * Gets the warnings: that requests are shed, or that `priority` fails, each once a second at most. Default: the
   * host's `process.emitWarning`.
   */
  readonly onWarning?: ((message: string, details: ServerWarningDetails) => void) | undefined;
  /** The time. Default: the system's. */
  readonly clock?: Clock | undefined;
  /** The random source of `Retry-After`. Default: the system's. */
  readonly random?: Random | undefined;
}

/** The default values. */
export const loadSheddingDefaults = {
  maxLoopDelay: 100,
  deadline: true,
  initialLimit: 50,
  maxLimit: 1_000,
} as const;

const limiterOption: Reader<AdaptiveLimiterPolicy | undefined> = (option, value) => {
  if (value === undefined) return undefined;
  // Another copy of the core is fine, so this looks at what it is rather than at its class.
  const { type, tryAcquire } = Object(value) as Partial<AdaptiveLimiterPolicy>;
  if (type === 'adaptiveLimiter' && typeof tryAcquire === 'function') {
    return value as AdaptiveLimiterPolicy;
  }
  return invalid(option, value, 'an AdaptiveLimiterPolicy');
};

const maxInFlightOption: Reader<number | undefined> = (option, value) =>
  value === undefined ? undefined : count(1, undefined, true)(option, value);

const loopDelayOption: Reader<number> = (option, value = loadSheddingDefaults.maxLoopDelay) => {
  const ms = toMs(option, value, true);
  return ms > 0 ? ms : invalid(option, value, 'a duration longer than 0');
};

const exemptOption: Reader<ReadonlySet<string>> = (option, value = []) => {
  if (!Array.isArray(value))
    return invalid(option, value, 'an array of paths, such as ["/health"]');
  for (const path of value as unknown[]) {
    if (typeof path !== 'string' || !/^\/[^?#]*$/.test(path)) {
      const allowed = 'paths that start with "/" and have no query';
      throw new TypeError(`${option}: ${describe(path)} is invalid; expected ${allowed}`);
    }
  }
  return new Set(value as string[]);
};

const readers = {
  limiter: limiterOption,
  maxInFlight: maxInFlightOption,
  maxLoopDelay: loopDelayOption,
  priority: callback<(request: never) => unknown>(),
  exempt: exemptOption,
  deadline: flag(loadSheddingDefaults.deadline),
  onWarning: callback<(message: string, details: ServerWarningDetails) => void>(),
  clock: clockOption,
  random: randomOption,
};

/** The validated options. */
export interface LoadSheddingRules {
  readonly limiter: AdaptiveLimiterPolicy | undefined;
  readonly maxInFlight: number;
  readonly maxLoopDelayMs: number;
  readonly priority: ((request: never) => unknown) | undefined;
  readonly exempt: ReadonlySet<string>;
  readonly deadline: boolean;
  readonly onWarning: LoadSheddingOptions['onWarning'];
  readonly clock: Clock;
  readonly random: Random;
}

/** Reads and checks the options. Throws for the first invalid one, naming it. */
export function readLoadSheddingOptions(options: unknown): LoadSheddingRules {
  const { limiter, maxInFlight, maxLoopDelay, ...rest } = readOptions(
    'loadShedding',
    options,
    readers,
  );
  const { initialLimit, maxLimit } = loadSheddingDefaults;
  const byDefault = (): AdaptiveLimiterPolicy =>
    new AdaptiveLimiterPolicy({ initialLimit, maxLimit, clock: rest.clock });
  return {
    ...rest,
    limiter: limiter ?? (maxInFlight === undefined ? byDefault() : undefined),
    maxInFlight: maxInFlight ?? Infinity,
    maxLoopDelayMs: maxLoopDelay,
  };
}
