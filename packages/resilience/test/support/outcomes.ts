/**
 * Whether an outcome is a failure. Tests write outcomes as the windows of a snapshot do: `1` is a
 * success, `0` a failure, and `101` are three calls.
 */
export function failed(outcome: string): boolean {
  if (outcome !== '1' && outcome !== '0') throw new Error(`${outcome} is no outcome`);
  return outcome === '0';
}

/** Outcomes that a window lists, oldest first, as such a string. */
export function written(successes: Iterable<boolean>): string {
  return Array.from(successes, (success) => (success ? '1' : '0')).join('');
}
