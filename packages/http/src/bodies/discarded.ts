/** Longer bodies of discarded answers are not kept: closing their connection costs less. */
export const longestKeptBytes: number = 128 * 1_024;
/** Slower ones are not kept either, in ms. */
export const longestKeptMs = 100;

/** What a reader gets of a body that was not kept, if its answer is handed back after all. */
export function discardedBody(): TypeError {
  const why = 'it was too long or too slow to be kept while there was another attempt';
  return new TypeError(`The body of this answer was discarded: ${why}`);
}
