export { RetriesExceededError } from './errors.ts';
export type { EndedAttempt, RetryDecision } from './machine.ts';
export type { RetryInfo, RetryOptions } from './options.ts';
export { RetryPolicy } from './policy.ts';
