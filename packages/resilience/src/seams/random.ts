/** A random source: returns numbers in [0, 1), as `Math.random` does. */
export type Random = () => number;

/** The system's random source. `Math.random` is looked up at each call, so tests can replace it. */
export const systemRandom: Random = () => Math.random();
