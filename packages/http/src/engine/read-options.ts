import { Backoff, rate, RetryBudget, toMs } from '@highway/resilience';
import type { Clock, Random } from '@highway/resilience';
import {
  callback,
  checkKeys,
  clockOption,
  count,
  flag,
  invalid,
  objectWith,
  randomOption,
} from '@highway/resilience/options';
import type { Reader } from '@highway/resilience/options';
import type { RequestLike } from '../outcomes/idempotent.ts';
import { isBrowser } from './host.ts';
import type {
  CircuitOptions,
  HttpBreakerOptions,
  HttpHedgeOptions,
  HttpRateLimitOptions,
  HttpRetryOptions,
  ResilienceOptions,
} from './options.ts';

/** The validated options of retries. */
export interface RetryRules {
  readonly maxRetries: number;
  readonly backoff: Backoff;
  readonly budget: RetryBudget | undefined;
  readonly statuses: ReadonlySet<number> | undefined;
  readonly methods: ReadonlySet<string> | undefined;
}

/** The validated options of circuits. */
export interface BreakerRules {
  /** `undefined`: by origin. */
  readonly per: ((request: RequestLike) => string) | undefined;
  readonly maxKeys: number;
  readonly circuit: CircuitOptions;
}

/** The validated options of a client. Durations are in ms; `Infinity` for no limit. */
export interface EngineRules<Answer> {
  readonly name: string | undefined;
  readonly clock: Clock;
  readonly random: Random;
  /** `undefined` for no limit. */
  readonly concurrency: number | undefined;
  readonly totalTimeout: number;
  readonly attemptTimeout: number;
  readonly bodyTimeout: number;
  readonly retry: RetryRules | undefined;
  readonly breaker: BreakerRules | undefined;
  readonly hedge: HttpHedgeOptions | undefined;
  readonly rateLimit: HttpRateLimitOptions | undefined;
  readonly rejectOnStatus: boolean;
  readonly classify: ResilienceOptions<Answer>['classify'];
  readonly deadline: (request: RequestLike) => boolean;
}

/** The default values. */
export const engineDefaults = {
  concurrency: 1_000,
  totalTimeout: 30_000,
  attemptTimeout: 10_000,
  bodyTimeout: 30_000,
  maxRetries: 3,
  backoff: { minDelay: 200, maxDelay: 10_000, factor: 2, jitter: 'full' },
  budget: { ratio: 0.2, minPerSecond: 0, minConcurrency: 3 },
  maxKeys: 1_000,
  failureThreshold: { rate: 0.5, over: '30s', minimumCalls: 10 },
  cooldown: { minDelay: 5_000, maxDelay: 60_000, factor: 2 },
} as const;

/** The names of the options that all clients have. */
const names: readonly (keyof ResilienceOptions)[] = [
  'name',
  'clock',
  'random',
  'concurrency',
  'totalTimeout',
  'attemptTimeout',
  'bodyTimeout',
  'retry',
  'breaker',
  'hedge',
  'rateLimit',
  'rejectOnStatus',
  'classify',
  'deadline',
];

/**
 * Reads and checks the options of a client. Throws for the first invalid or unknown one, naming it.
 *
 * @param owner - whose options they are
 * @param more - the names of options that only this client has
 */
export function readEngineOptions<Answer>(
  owner: string,
  options: ResilienceOptions<Answer>,
  more: readonly string[] = [],
): EngineRules<Answer> {
  checkKeys(owner, options, [...more, ...names]);
  const given: ResilienceOptions<Answer> = options;
  const clock = clockOption('clock', given.clock);
  const random = randomOption('random', given.random);
  return {
    name: readName('name', given.name),
    clock,
    random,
    concurrency:
      given.concurrency === false
        ? undefined
        : count(1, engineDefaults.concurrency, true)('concurrency', given.concurrency),
    totalTimeout: timeout('totalTimeout', given.totalTimeout),
    attemptTimeout: timeout('attemptTimeout', given.attemptTimeout),
    bodyTimeout: timeout('bodyTimeout', given.bodyTimeout),
    retry: unlessFalse('retry', given.retry, (retry) => readRetry(owner, retry, { clock, random })),
    breaker: unlessFalse('breaker', given.breaker, (breaker) => readBreaker(owner, breaker)),
    hedge: readHedge(owner, given.hedge),
    rateLimit:
      given.rateLimit === undefined
        ? undefined
        : (part(owner, 'rateLimit', given.rateLimit, [
            'limit',
            'per',
            'burst',
            'maxWait',
          ]) as unknown as HttpRateLimitOptions),
    rejectOnStatus: flag(false)('rejectOnStatus', given.rejectOnStatus),
    classify: callback<NonNullable<ResilienceOptions<Answer>['classify']>>()(
      'classify',
      given.classify,
    ),
    deadline: readDeadline('deadline', given.deadline),
  };
}

const readName: Reader<string | undefined> = (option, value) =>
  value === undefined || (typeof value === 'string' && value !== '')
    ? value
    : invalid(option, value, 'a non-empty string');

function timeout(
  option: 'totalTimeout' | 'attemptTimeout' | 'bodyTimeout',
  value: unknown = engineDefaults[option],
): number {
  if (value === false) return Infinity;
  const ms = toMs(option, value, true);
  return ms === 0 ? invalid(option, value, 'a duration above 0, or false') : ms;
}

function unlessFalse<Rules>(
  option: string,
  value: unknown,
  read: (value: object) => Rules,
): Rules | undefined {
  if (value === false) return undefined;
  if (value === true) return invalid(option, value, 'an object of options, or false');
  return read(value ?? {});
}

/** Checks a group of options, such as `retry`. */
function part(
  owner: string,
  option: string,
  value: unknown,
  known: readonly string[],
): Readonly<Record<string, unknown>> {
  checkKeys(`${owner}: ${option}`, value, known);
  return value;
}

function readRetry(
  owner: string,
  value: object,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): RetryRules {
  const known = ['maxRetries', 'backoff', 'budget', 'statuses', 'methods'];
  const given = part(owner, 'retry', value, known) as HttpRetryOptions;
  const budget = given.budget;
  return {
    maxRetries: count(0, engineDefaults.maxRetries, true)('retry.maxRetries', given.maxRetries),
    backoff:
      objectWith<Backoff>(
        'a Backoff',
        'forAttempt',
        'delayAtLeast',
      )('retry.backoff', given.backoff) ?? new Backoff({ ...engineDefaults.backoff, random }),
    budget:
      budget === false
        ? undefined
        : (objectWith<RetryBudget>(
            'a RetryBudget, or false',
            'noteCall',
            'tryTake',
          )('retry.budget', budget) ?? new RetryBudget({ ...engineDefaults.budget, clock })),
    statuses: readSet(
      'retry.statuses',
      given.statuses,
      'an array of statuses from 100 to 999',
      (each) =>
        Number.isInteger(each) && (each as number) >= 100 && (each as number) <= 999
          ? (each as number)
          : undefined,
    ),
    methods: readSet('retry.methods', given.methods, 'an array of methods', (each) =>
      typeof each === 'string' && each !== '' ? each.toUpperCase() : undefined,
    ),
  };
}

function readSet<Value>(
  option: string,
  value: unknown,
  allowed: string,
  read: (value: unknown) => Value | undefined,
): ReadonlySet<Value> | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) return invalid(option, value, allowed);
  return new Set(value.map((each: unknown) => read(each) ?? invalid(option, each, allowed)));
}

const circuitOptions: readonly (keyof CircuitOptions)[] = [
  'failureThreshold',
  'cooldown',
  'successThreshold',
  'trialTimeout',
  'maxConcurrentTrials',
  'rampUp',
  'onStateChange',
];

function readBreaker(owner: string, value: object): BreakerRules {
  const known = ['per', 'maxKeys', ...circuitOptions];
  const { per, maxKeys, ...circuit } = part(owner, 'breaker', value, known) as HttpBreakerOptions;
  const { rate: share, ...window } = engineDefaults.failureThreshold;
  return {
    per:
      per === undefined || per === 'origin'
        ? undefined
        : typeof per === 'function'
          ? checkedKey(per)
          : invalid('breaker.per', per, "'origin' or a function"),
    maxKeys: count(1, engineDefaults.maxKeys)('breaker.maxKeys', maxKeys),
    circuit: {
      ...circuit,
      failureThreshold: circuit.failureThreshold ?? rate(share, window),
      cooldown: circuit.cooldown ?? new Backoff(engineDefaults.cooldown),
    },
  };
}

function checkedKey(per: (request: RequestLike) => string): (request: RequestLike) => string {
  return (request) => {
    const key: unknown = per(request);
    return typeof key === 'string'
      ? key
      : invalid('breaker.per', key, 'a function that returns a string');
  };
}

function readHedge(owner: string, value: unknown): HttpHedgeOptions | undefined {
  if (value === undefined || value === false) return undefined;
  if (value === true) return invalid('hedge', value, 'an object of options, or false');
  return part(owner, 'hedge', value, ['delay', 'maxHedges']) as unknown as HttpHedgeOptions;
}

const always = (): boolean => true;
const never = (): boolean => false;

function readDeadline(option: string, value: unknown): (request: RequestLike) => boolean {
  if (value === undefined) return isBrowser() ? never : always;
  if (typeof value === 'boolean') return value ? always : never;
  const ask = callback<(request: RequestLike) => unknown>()(option, value)!;
  return (request) => {
    const answer = ask(request);
    return typeof answer === 'boolean'
      ? answer
      : invalid(option, answer, 'a function that returns true or false');
  };
}
