import { count } from '../support/options.ts';
import type { Random } from '../seams/random.ts';

/**
 * A repeatable random source: the same seed gives the same numbers in [0, 1). The generator is mulberry32 (Tommy
 * Ettinger, 2017), with 32 bits of state, which is good enough for tests.
 */
export function seededRandom(seed: number): Random {
  let state = count(0)('seed', seed);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
