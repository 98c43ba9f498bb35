export type { Counters } from './counters.ts';
export { Engine } from './engine.ts';
export type { ClientStats } from './engine.ts';
export type { Exchange, Kept, Sending } from './exchange.ts';
export type {
  CircuitOptions,
  Classification,
  ClassifiedOutcome,
  HttpBreakerOptions,
  HttpHedgeOptions,
  HttpRateLimitOptions,
  HttpRetryOptions,
  ResilienceOptions,
} from './options.ts';
export { readEngineOptions } from './read-options.ts';
export { keyHeader, readKey, readReplay } from './request-options.ts';
export type { RequestOptions } from './request-options.ts';
export { warnOfStream } from './warn.ts';
export type { CircuitInfo } from './sites.ts';
