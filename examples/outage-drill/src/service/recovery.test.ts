import { describe, expect, it } from 'vitest';
import { Recovery } from './recovery.ts';

const rate = 60;
const rules = { since: 0, rate, warmUpMs: 4000, relapseMs: 1000, windowCalls: 30 };

/** Sends requests at an even pace; gives how many were overloaded. */
function send(recovery: Recovery, perSecond: number, span: { from: number; to: number }): number {
  let overloaded = 0;
  for (let at = span.from; at < span.to; at += 1000 / perSecond) {
    if (recovery.take(at).overloaded) overloaded++;
  }
  return overloaded;
}

describe('a recovering service', () => {
  it('bears a load that grows as slowly as it warms up', () => {
    const recovery = new Recovery(rules);
    let at = 0;
    while (at < 4000) {
      expect(recovery.take(at).overloaded).toBe(false);
      at += 1000 / (rate * (0.1 + (0.9 * at) / 4000));
    }
    expect(recovery.relapses).toBe(0);
  });

  it('relapses where the usual load comes back at once', () => {
    const recovery = new Recovery(rules);
    expect(send(recovery, rate, { from: 0, to: 1000 })).toBeGreaterThan(0);
    expect(recovery.relapses).toBe(1);
  });

  it('stays down for as long as a stampede lasts, however long', () => {
    const recovery = new Recovery(rules);
    send(recovery, 4 * rate, { from: 0, to: 1000 });
    const span = { from: 1000, to: 600_000 };
    expect(send(recovery, 4 * rate, span)).toBe(((span.to - span.from) / 1000) * 4 * rate);
  });

  it('bears the usual load once it is warm', () => {
    const recovery = new Recovery(rules);
    recovery.take(0);
    expect(send(recovery, rate, { from: 10_000, to: 20_000 })).toBe(0);
  });

  it('does not warm up while it is down', () => {
    const recovery = new Recovery({ ...rules, relapseMs: 10_000 });
    send(recovery, 4 * rate, { from: 0, to: 500 });
    expect(recovery.relapses).toBe(1);
    // Right after ten seconds of relapse it is as cold as before.
    send(recovery, rate, { from: 10_500, to: 11_500 });
    expect(recovery.relapses).toBe(2);
  });

  it('tells how near the load is to what it bears', () => {
    const recovery = new Recovery(rules);
    const first = recovery.take(0).load;
    expect(recovery.take(1).load).toBeGreaterThan(first);
  });
});
