import { describe, expect, it } from 'vitest';
import { LatencyWindow } from './latency-window.ts';

function begun(inFlight = 1, skipped = 0, looseness?: number, most?: number): LatencyWindow {
  const window = new LatencyWindow();
  window.begin(inFlight, skipped, looseness, most);
  return window;
}

/** Adds latencies until the window is complete; gives how many it took. */
function fill(window: LatencyWindow, latency: (i: number) => number, inFlight = 1): number {
  for (let i = 1; i <= 10_000; i++) {
    if (window.add(latency(i), inFlight)) return i;
  }
  return Infinity;
}

/** 0 and 20 by turns: a mean of 10 that scatters by its own size. */
const scattered = (i: number): number => (i % 2) * 20;

describe('LatencyWindow', () => {
  it('is complete after 20 equal samples', () => {
    expect(fill(begun(), () => 10)).toBe(20);
  });

  it('takes at least as many samples as calls are in flight', () => {
    expect(fill(begun(57), () => 10)).toBe(57);
  });

  it('continues until the error of its mean is below 9 %', () => {
    // The variance is the mean's square, so 1 / n <= 0.0081 first holds near the 123rd.
    expect(fill(begun(), scattered)).toBe(123);
  });

  it('accepts a larger error if one is allowed, but never requires a smaller one', () => {
    expect(fill(begun(1, 0, 0.04), scattered)).toBe(23);
    expect(fill(begun(1, 0, 0.0001), scattered)).toBe(123);
  });

  it('ends after 300 samples, however much they vary', () => {
    expect(fill(begun(), (i) => 4 ** (i % 20))).toBe(300);
  });

  it('ends earlier if fewer samples are enough', () => {
    expect(fill(begun(1, 0, 0, 50), scattered)).toBe(50);
  });

  it('returns the means of the latencies and of the calls in flight', () => {
    const window = begun();
    window.add(10, 1);
    window.add(20, 4);
    expect(window.latencyMs).toBe(15);
    expect(window.load).toBe(2.5);
    expect(window.samples).toBe(2);
  });

  it('counts failures, but not their latencies', () => {
    const window = begun();
    window.add(10, 1);
    window.addFailure(1);
    expect(window).toMatchObject({ samples: 1, failures: 1, latencyMs: 10 });
  });

  it('is completed by failures, too', () => {
    const window = begun();
    for (let i = 1; i < 20; i++) expect(window.addFailure(1)).toBe(false);
    expect(window.addFailure(1)).toBe(true);
  });

  it('ends after 300 outcomes, failures among them', () => {
    const window = begun();
    for (let i = 1; i <= 299; i++) {
      expect(i % 2 === 0 ? window.add(4 ** (i % 20), 1) : window.addFailure(1)).toBe(false);
    }
    expect(window.addFailure(1)).toBe(true);
  });

  it('is complete when all latencies are zero', () => {
    expect(fill(begun(), () => 0)).toBe(20);
  });

  it('leaves out answers that began under the limit before', () => {
    const window = begun(9, 3);
    window.rejected = true;
    expect(window.add(1000, 9)).toBe(false);
    expect(window.addFailure(8)).toBe(false);
    expect(window.rejected).toBe(true);
    expect(window.add(1000, 7)).toBe(false);
    expect(window).toMatchObject({ samples: 0, failures: 0, peak: 7, rejected: false });
    expect(fill(window, () => 10, 7)).toBe(20);
    expect(window.latencyMs).toBe(10);
    expect(window.load).toBe(7);
  });

  it('counts calls in flight only after the answers that are left out', () => {
    const window = begun(9, 1);
    window.add(1000, 33);
    expect(fill(window, () => 10, 7)).toBe(33);
  });

  it('restarts empty', () => {
    const window = begun();
    window.add(10, 5);
    window.addFailure(5);
    window.rejected = true;
    window.begin(3, 0);
    expect(window).toMatchObject({ samples: 0, failures: 0, peak: 3, rejected: false });
    window.add(30, 2);
    expect(window.latencyMs).toBe(30);
    expect(window.load).toBe(2);
    expect(fill(window, () => 30)).toBe(19);
  });
});
