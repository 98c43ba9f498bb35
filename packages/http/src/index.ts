export { createFetch } from './client/create-fetch.ts';
export type { CreateFetchOptions, HttpFetch } from './client/create-fetch.ts';
export type { HttpBody } from './client/body.ts';
export type { Fetch } from './client/fetch-exchange.ts';
export type { HttpRequestInit } from './client/request.ts';
export type {
  CircuitInfo,
  CircuitOptions,
  Classification,
  ClassifiedOutcome,
  ClientStats,
  Counters,
  HttpBreakerOptions,
  HttpHedgeOptions,
  HttpRateLimitOptions,
  HttpRetryOptions,
  RequestOptions,
  ResilienceOptions,
} from './engine/index.ts';
export { HttpStatusError, isHttpStatusError } from './errors.ts';
export { retryAfterOf } from './headers/retry-after.ts';
export type { HeadersLike } from './headers/read.ts';
export { isIdempotent } from './outcomes/idempotent.ts';
export type { RequestLike } from './outcomes/idempotent.ts';
export { judgeOutcome } from './outcomes/judge.ts';
export type { AttemptOutcome, JudgeOptions, Verdict } from './outcomes/judge.ts';
export type { BreakerVerdict, OutcomeKind } from './outcomes/table.ts';
