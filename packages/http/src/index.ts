export { HttpStatusError, isHttpStatusError } from './errors.ts';
export { retryAfterOf } from './headers/retry-after.ts';
export type { HeadersLike } from './headers/read.ts';
export { isIdempotent } from './outcomes/idempotent.ts';
export type { RequestLike } from './outcomes/idempotent.ts';
export { judgeOutcome } from './outcomes/judge.ts';
export type { AttemptOutcome, JudgeOptions, Verdict } from './outcomes/judge.ts';
export type { BreakerVerdict, OutcomeKind } from './outcomes/table.ts';
