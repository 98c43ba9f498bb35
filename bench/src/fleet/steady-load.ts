const tickMs = 10;

/** Begins calls at a rate, in turns, for some time; resolves with how many a second there were. */
export function steadyLoad(
  calls: readonly (() => unknown)[],
  rate: number,
  ms: number,
): Promise<number> {
  const start = performance.now();
  let made = 0;
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const elapsed = performance.now() - start;
      const due = (rate * Math.min(elapsed, ms)) / 1000;
      for (; made < due; made++) calls[made % calls.length]!();
      if (elapsed < ms) return;
      clearInterval(timer);
      resolve(made / (elapsed / 1000));
    }, tickMs);
  });
}
