import { JoinError, WorkflowError } from '../errors.ts';

/**
 * Which branches have to succeed: all of them; all, whatever becomes of them; the first; or so many.
 * Where that is decided, the others are cancelled.
 */
export type Join = 'all' | 'settled' | 'any' | { readonly atLeast: number };

/** What became of a branch. */
export type Settled<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly error: unknown };

/** How many branches of `total` have to succeed. */
export function neededOf(join: Join, total: number): number {
  if (join === 'settled') return 0;
  if (join === 'all') return total;
  return join === 'any' ? Math.min(1, total) : join.atLeast;
}

/** Reads a join; throws where it asks for more than there is. */
export function checkJoin(name: string, join: unknown, total: number): Join {
  if (join === 'all' || join === 'settled' || join === 'any') return join;
  const { atLeast } = Object(join) as { atLeast?: unknown };
  if (Number.isSafeInteger(atLeast) && Number(atLeast) >= 1 && Number(atLeast) <= total) {
    return { atLeast: Number(atLeast) };
  }
  throw new WorkflowError(
    'ERR_DEFINITION',
    `${name}: join takes 'all', 'settled', 'any' or { atLeast: 1 to ${total} }`,
  );
}

/** Whether enough is known: enough branches succeeded, or too many failed, or all have ended. */
export function isDecided(
  join: Join,
  ends: readonly { readonly ok: boolean }[],
  total: number,
): boolean {
  if (ends.length === total) return true;
  if (join === 'settled') return false;
  const needed = neededOf(join, total);
  const succeeded = ends.filter(({ ok }) => ok).length;
  return succeeded >= needed || ends.length - succeeded > total - needed;
}

/**
 * Throws where the join has failed, or where the ends are not those of these branches: the journal
 * holds a join that was decided. With 'all' it is the error of the first branch that failed, in
 * the order in which they were given.
 */
export function assertJoined(
  name: string,
  join: Join,
  ends: ReadonlyMap<string, Settled<unknown>>,
  keys: readonly string[],
): void {
  const total = keys.length;
  const isOther = [...ends.keys()].some((key) => !keys.includes(key));
  if (isOther || !isDecided(join, [...ends.values()], total)) {
    throw new WorkflowError(
      'ERR_REPLAY',
      `${name}: the journal holds the ends of the branches ${[...ends.keys()].join(', ')}, which don't decide ` +
        `a join of ${keys.join(', ')}. ` +
        'The workflow asked for other branches before: what depends on the outside world belongs into steps',
    );
  }
  const needed = neededOf(join, total);
  const errors: Record<string, unknown> = {};
  let succeeded = 0;
  for (const [branch, end] of ends) {
    if (end.ok) succeeded += 1;
    else errors[branch] = end.error;
  }
  if (succeeded >= needed) return;
  if (join === 'all') throw Object.values(errors)[0];
  throw new JoinError(name, needed, errors);
}
