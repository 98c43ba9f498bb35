/** A source of numbers in [0, 1), as `Math.random` is. */
export type Random = () => number;

/** The system's; looked up at each call, so that a test may replace it. */
export const systemRandom: Random = () => Math.random();
