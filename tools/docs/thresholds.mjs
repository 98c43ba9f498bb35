// How often a threshold of k failures in the last n calls is met if every call fails with the same
// probability: the table of docs/policies/circuit-breaker.md. Exact, not simulated: a Markov chain
// over the last n - 1 outcomes, of which those with k failures absorb.

/** @param {number} bits */
function ones(bits) {
  let count = 0;
  for (let left = bits; left > 0; left &= left - 1) count++;
  return count;
}

/**
 * The mean number of calls until a fresh breaker with the threshold k/n opens, every call failing
 * with probability p: the sum over t of the probability that the breaker is still closed after t calls.
 *
 * @param {number} k
 * @param {number} n
 * @param {number} p
 */
export function meanCallsUntilOpen(k, n, p) {
  const states = 2 ** (n - 1);
  const last = states - 1;
  const failures = Uint8Array.from({ length: states }, (_, state) => ones(state));
  let now = new Float64Array(states);
  let next = new Float64Array(states);
  now[0] = 1;
  let closed = 1;
  let mean = 0;
  let hazard = 0;
  for (let calls = 0; ; calls++) {
    mean += closed;
    next.fill(0);
    let opened = 0;
    for (let state = 0; state < states; state++) {
      const weight = now[state] ?? 0;
      if (weight === 0) continue;
      const shifted = (state << 1) & last;
      next[shifted] = (next[shifted] ?? 0) + weight * (1 - p);
      if ((failures[state] ?? 0) + 1 >= k) opened += weight * p;
      else next[shifted | 1] = (next[shifted | 1] ?? 0) + weight * p;
    }
    const before = hazard;
    hazard = opened / closed;
    closed -= opened;
    [now, next] = [next, now];
    if (closed < 1e-12) return mean;
    // From here on, the probability to open with the next call stays the same.
    const steady = Math.abs(hazard - before) <= hazard * 1e-12;
    if (calls > 10 * n && steady) return mean + closed / hazard;
  }
}

const thresholds = /** @type {const} */ ([
  [2, 5],
  [3, 5],
  [3, 10],
  [5, 10],
  [5, 20],
  [10, 20],
]);
const shares = [0.01, 0.05, 0.1, 0.2, 0.5, 1];

/** The table, as Markdown. */
export function thresholdTable() {
  const head = ['Threshold', ...shares.map((share) => `${String(share * 100)} % fail`)];
  const rows = thresholds.map(([k, n]) => [
    `\`${String(k)}/${String(n)}\``,
    ...shares.map((share) => shown(meanCallsUntilOpen(k, n, share))),
  ]);
  const widths = head.map((cell, i) =>
    Math.max(...[head, ...rows].map((row) => row[i]?.length ?? 0), cell.length),
  );
  const line = (/** @type {string[]} */ cells) =>
    `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join(' | ')} |`;
  const rule = widths.map((width, i) =>
    i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}

/** @param {number} calls */
function shown(calls) {
  if (calls >= 1e12) return 'over 10^12';
  if (calls >= 1e6) return `${(calls / 1e6).toPrecision(3)} million`;
  return calls < 100 ? String(Number(calls.toFixed(1))) : Math.round(calls).toLocaleString('en-US');
}
