import { describe, expect, it } from 'vitest';
import type { CallContext } from '../../pipeline/call.ts';
import { latencyQuantile } from './latency-quantile.ts';
import type { LearningDelay } from './options.ts';

function ask(delay: LearningDelay): unknown {
  return delay({} as CallContext);
}

describe('latencyQuantile', () => {
  it('returns the initial delay until one call in the sample can be slower than the quantile', () => {
    const delay = latencyQuantile(0.95, { initial: '2s' });
    for (let call = 1; call < 20; call++) delay.observe(call);
    expect(ask(delay)).toBe(2_000);
    delay.observe(20);
    expect(ask(delay)).toBe(19);
  });

  it('needs two calls for the median, ten for 0.9 and a hundred for 0.99', () => {
    for (const [quantile, needed] of [
      [0.5, 2],
      [0.9, 10],
      [0.99, 100],
    ] as const) {
      const delay = latencyQuantile(quantile, { initial: 1_000 });
      for (let call = 1; call < needed; call++) delay.observe(5);
      expect(ask(delay)).toBe(1_000);
      delay.observe(5);
      expect(ask(delay)).toBe(5);
    }
  });

  it('uses only the latest calls', () => {
    const delay = latencyQuantile(0.5, { initial: 0, calls: 4 });
    for (const latency of [900, 900, 900, 900, 1, 2, 3, 4]) delay.observe(latency);
    expect(ask(delay)).toBe(2);
    for (const latency of [50, 60, 70]) delay.observe(latency);
    expect(ask(delay)).toBe(50);
  });

  it('uses 200 calls by default, and more if the quantile needs more', () => {
    const delay = latencyQuantile(0.5, { initial: 0 });
    for (let call = 0; call < 101; call++) delay.observe(9);
    for (let call = 0; call < 99; call++) delay.observe(1);
    expect(ask(delay)).toBe(9);
    delay.observe(1);
    expect(ask(delay)).toBe(1);
    const rare = latencyQuantile(0.999, { initial: 0 });
    for (let call = 0; call < 1_000; call++) rare.observe(7);
    expect(ask(rare)).toBe(7);
  });

  it('distinguishes equal latencies', () => {
    const delay = latencyQuantile(0.5, { initial: 0, calls: 3 });
    for (const latency of [5, 5, 5, 1, 1]) delay.observe(latency);
    expect(ask(delay)).toBe(1);
    delay.observe(9);
    expect(ask(delay)).toBe(1);
    delay.observe(9);
    expect(ask(delay)).toBe(9);
  });

  it('rejects a quantile outside (0, 1)', () => {
    for (const bad of [0, 1, -0.5, 95, Number.NaN, '0.9' as unknown as number]) {
      expect(() => latencyQuantile(bad, { initial: 1 })).toThrow(/^quantile: /);
    }
  });

  it('rejects invalid options by name', () => {
    expect(() => latencyQuantile(0.5, { initial: -1 })).toThrow(/^initial: /);
    expect(() => latencyQuantile(0.5, {} as never)).toThrow(/^initial: /);
    expect(() => latencyQuantile(0.95, { initial: 1, calls: 19 })).toThrow(/^calls: /);
    expect(() => latencyQuantile(0.5, { initial: 1, size: 3 } as never)).toThrow(/size/);
  });

  it('counts a call that a hedge overtook among the slowest, without its latency', () => {
    const delay = latencyQuantile(0.9, { initial: 500, calls: 10 });
    for (const latency of [1, 2, 3, 4, 5, 6, 7, 8]) delay.observe(latency, false);
    delay.observe(2, true);
    delay.observe(2, true);
    expect(delay({} as never)).toBe(8);
  });

  it('does not rise while a tenth of the calls hang', () => {
    const delay = latencyQuantile(0.95, { initial: 500 });
    for (let call = 0; call < 2000; call++) {
      const hangs = call % 10 === 0;
      delay.observe(hangs ? (delay({} as never) as number) + 50 : 50, hangs);
    }
    expect(delay({} as never)).toBe(50);
  });

  it('returns the initial delay if every call was overtaken', () => {
    const delay = latencyQuantile(0.5, { initial: 500 });
    for (let call = 0; call < 50; call++) delay.observe(3, true);
    expect(delay({} as never)).toBe(500);
  });
});
