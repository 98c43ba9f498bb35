import { JoinError, WorkflowError } from '../../errors.ts';

/**
 * Which child runs must succeed: all of them; none, but all must end; any one of them; or a number
 * of them. Once that is decided, the others are cancelled.
 */
export type Join = 'all' | 'settled' | 'any' | { readonly atLeast: number };

/** The outcome of a child run. */
export type Settled<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly error: unknown };

/** How many of `total` child runs must succeed. */
export function neededOf(join: Join, total: number): number {
  if (join === 'settled') return 0;
  if (join === 'all') return total;
  return join === 'any' ? Math.min(1, total) : join.atLeast;
}

/** Reads a join; throws if it asks for more child runs than there are. */
export function checkJoin(name: string, join: unknown, total: number): Join {
  if (join === 'all' || join === 'settled' || join === 'any') return join;
  const { atLeast } = Object(join) as { atLeast?: unknown };
  if (Number.isSafeInteger(atLeast) && Number(atLeast) >= 1 && Number(atLeast) <= total) {
    return { atLeast: Number(atLeast) };
  }
  throw new WorkflowError(
    'ERR_DEFINITION',
    `${name}: join: expected 'all', 'settled', 'any' or { atLeast: 1 to ${total} }`,
  );
}

/** Whether the join is decided: enough child runs succeeded, too many failed, or all have ended. */
export function isDecided(
  join: Join,
  outcomes: readonly { readonly ok: boolean }[],
  total: number,
): boolean {
  if (outcomes.length === total) return true;
  if (join === 'settled') return false;
  const needed = neededOf(join, total);
  const succeeded = outcomes.filter(({ ok }) => ok).length;
  return succeeded >= needed || outcomes.length - succeeded > total - needed;
}

/**
 * Throws if the join has failed: with 'all', the error of the first failed child run in the order of
 * the calls. Also throws if the recorded outcomes don't belong to these child runs.
 */
export function assertJoined(
  name: string,
  join: Join,
  outcomes: ReadonlyMap<string, Settled<unknown>>,
  keys: readonly string[],
): void {
  const total = keys.length;
  const hasOthers = [...outcomes.keys()].some((key) => !keys.includes(key));
  if (hasOthers || !isDecided(join, [...outcomes.values()], total)) {
    throw new WorkflowError(
      'ERR_REPLAY',
      `${name}: the journal holds the outcomes of the child runs ${[...outcomes.keys()].join(', ')}, which don't ` +
        `decide a join of ${keys.join(', ')}. The workflow asked for other child runs before: use steps to ` +
        'read everything that may change',
    );
  }
  const needed = neededOf(join, total);
  const errors: Record<string, unknown> = {};
  let succeeded = 0;
  for (const [key, outcome] of outcomes) {
    if (outcome.ok) succeeded += 1;
    else errors[key] = outcome.error;
  }
  if (succeeded >= needed) return;
  if (join === 'all') throw Object.values(errors)[0];
  throw new JoinError(name, needed, errors);
}
