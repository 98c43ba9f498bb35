import { describe, expect, it } from 'vitest';
import { FixedLimit, LimiterRun } from './limiter-run.ts';
import type { Scenario } from './limiter-run.ts';
import {
  adaptive,
  halvedCapacity,
  lastingOverload,
  mixedOverload,
  slowerForAWhile,
} from './limiter-scenarios.ts';
import { spreads } from './service.ts';

const seeds = [1, 2, 3];

/** The best that a fixed limit does, found by trying them. */
function bestFixed(scenario: Scenario, seed: number): LimiterRun {
  const runs = [10, 20, 25, 30, 40, 60, 80].map((limit) =>
    new LimiterRun(scenario, seed, () => new FixedLimit(limit)).run(),
  );
  return runs.reduce((best, run) => (run.useful > best.useful ? run : best));
}

describe('an adaptive limiter in front of a service that loses half its servers', () => {
  const cases = Object.keys(spreads).flatMap((spread) =>
    seeds.map((seed) => ({ spread: spread as keyof typeof spreads, seed })),
  );

  it.each(cases)('achieves what the best fixed limit does: $spread, seed $seed', (each) => {
    const scenario = { ...halvedCapacity, spread: each.spread };
    const run = new LimiterRun(scenario, each.seed, adaptive()).run();
    const best = bestFixed(scenario, each.seed);
    expect(run.useful).toBeGreaterThan(0.9 * best.useful);
    for (const [i, phase] of run.phases.entries()) {
      expect(phase.useful).toBeGreaterThan(0.75 * best.phases[i]!.useful);
    }
  });

  it.each(cases)('keeps the latency within bounds: $spread, seed $seed', (each) => {
    const scenario = { ...halvedCapacity, spread: each.spread };
    const run = new LimiterRun(scenario, each.seed, adaptive()).run();
    const unlimited = new LimiterRun(scenario, each.seed, () => new FixedLimit(Infinity)).run();
    for (const phase of run.phases) expect(phase.meanMs).toBeLessThan(3.5 * scenario.meanMs);
    expect(unlimited.phases[3]!.meanMs).toBeGreaterThan(100 * scenario.meanMs);
  });
});

describe('an adaptive limiter with twice the load that the service can take', () => {
  it.each(seeds)('rejects the least important calls first, seed %d', (seed) => {
    const { priorities, useful } = new LimiterRun(mixedOverload, seed, adaptive()).run();
    const [critical, high, normal, low] = priorities.map((tally) => tally.refusedShare);
    expect(critical).toBeLessThan(0.06);
    expect(high).toBeLessThan(0.3);
    expect(normal).toBeGreaterThan(high!);
    expect(low).toBeGreaterThan(normal!);
    expect(low).toBeGreaterThan(0.8);
    expect(useful).toBeGreaterThan(0.9 * 400 * 60);
  });

  it.each(seeds)('does not let the latency drift in ten minutes, seed %d', (seed) => {
    const options = { initialLimit: 200 };
    const { phases, limits } = new LimiterRun(lastingOverload, seed, adaptive(options)).run();
    for (const phase of phases.slice(1)) {
      expect(phase.meanMs).toBeLessThan(150);
      expect(phase.useful).toBeGreaterThan(0.85 * 200 * 60);
    }
    expect(limits[0]).toBeLessThan(60);
  });

  it.each(seeds)('does not raise its limit because others share the service, seed %d', (seed) => {
    const run = new LimiterRun(lastingOverload, seed, adaptive(), 4).run();
    for (const phase of run.phases.slice(1)) {
      expect(phase.meanMs).toBeLessThan(400);
      expect(phase.useful).toBeGreaterThan(0.85 * 200 * 60);
    }
    const [second, last] = [run.phases[1]!, run.phases.at(-1)!];
    expect(last.meanMs).toBeLessThan(1.5 * second.meanMs);
  });
});

describe('an adaptive limiter in front of a service that gets slower without overload', () => {
  it.each(seeds)('rejects for a while, then accepts the new latency, seed %d', (seed) => {
    const [before, slower, after] = new LimiterRun(slowerForAWhile, seed, adaptive()).run().phases;
    expect(before!.refusedShare).toBeLessThan(0.01);
    expect(slower!.refusedShare).toBeLessThan(0.5);
    expect(after!.refusedShare).toBeLessThan(0.05);
  });
});
