import { count } from '../internal/options.ts';
import type { Random } from '../random.ts';

/**
 * A repeatable source of numbers in [0, 1): the same seed, the same numbers. The generator is
 * mulberry32 (Tommy Ettinger, 2017): 32 bits of state, good enough to test with.
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
