import { isIdempotent } from './idempotent.ts';
import type { RequestLike } from './idempotent.ts';
import { kindOfError, kindOfStatus } from './kind.ts';
import { outcomes } from './table.ts';
import type { BreakerVerdict, OutcomeKind } from './table.ts';

/** How an attempt ended: with an answer, or with an error. */
export type AttemptOutcome =
  { readonly status: number } | { readonly error: unknown; readonly status?: undefined };

/** What an outcome means. */
export interface Verdict {
  /** The row of the table. */
  readonly kind: OutcomeKind;
  /** Whether another attempt is worth it, and safe. */
  readonly retry: boolean;
  /** What a circuit breaker learns. */
  readonly breaker: BreakerVerdict;
}

/** What replaces parts of the table. */
export interface JudgeOptions {
  /** The statuses after which another attempt follows. Default: those of the table. */
  readonly statuses?: ReadonlySet<number> | undefined;
  /** The methods that are idempotent, in upper case. Default: those of the table. */
  readonly methods?: ReadonlySet<string> | undefined;
  /** Whether the call has had an attempt that was too early (425) before this one. Default: `false`. */
  readonly wasTooEarly?: boolean | undefined;
}

/**
 * The table of outcomes as a function: whether an attempt that ended like this should be repeated, and what a
 * circuit breaker learns from it.
 *
 * @example
 * judgeOutcome({ status: 503 }, request); // { kind: 'serverFailed', retry: true, breaker: 'failure' }
 */
export function judgeOutcome(
  outcome: AttemptOutcome,
  request: Pick<RequestLike, 'method' | 'headers'>,
  options: JudgeOptions = {},
): Verdict {
  const { status } = outcome;
  const { statuses } = options;
  const kind = status === undefined ? kindOfError(outcome.error) : kindOfStatus(status);
  const row = outcomes[kind];
  const idempotent = isIdempotent(request, options.methods);
  let rule = idempotent ? row.idempotent : row.other;
  if (status !== undefined && statuses !== undefined) {
    if (!statuses.has(status)) rule = 'no';
    else if (rule === 'no' && idempotent) rule = 'retry';
  }
  const retry = rule === 'retry' || (rule === 'once' && options.wasTooEarly !== true);
  return { kind, retry, breaker: row.breaker };
}
