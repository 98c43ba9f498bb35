import { describe, expect, it } from 'vitest';
import { MachineBench } from '../../../test/support/machine.ts';
import { slow } from './rate.ts';
import type { CircuitBreakerOptions } from './policy.ts';

function halfOpen(options: CircuitBreakerOptions): MachineBench {
  const bench = new MachineBench({ trialTimeout: 100, maxConcurrentTrials: Infinity, ...options });
  bench.machine.halfOpen();
  bench.transitions.length = 0;
  return bench;
}

describe('a half-open machine', () => {
  it('is decided by the failure threshold if there is no success threshold', () => {
    // Two failures of three calls open the circuit, so after two successes it cannot open any more.
    const opening = halfOpen({ failureThreshold: '2/3' });
    opening.play('10');
    expect(opening.machine.state).toBe('HALF_OPEN');
    opening.play('0', 7);
    expect(opening.moves).toEqual(['HALF_OPEN > OPEN (trials)']);
    expect(opening.machine.inner).toMatchObject({ until: 1007 });
    expect(opening.window).toBe('100');
    const closing = halfOpen({ failureThreshold: '2/3' });
    closing.play('101');
    expect(closing.moves).toEqual(['HALF_OPEN > CLOSED (trials)']);
    expect([...closing.transitions[0]!.judged]).toEqual([true, false, true]);
    expect(closing.window).toBe('');
  });

  it('is decided by the success threshold if there is one', () => {
    const closing = halfOpen({ failureThreshold: '1/9', successThreshold: '2/3' });
    closing.play('01');
    expect(closing.machine.state).toBe('HALF_OPEN');
    closing.play('1');
    expect(closing.machine.state).toBe('CLOSED');
    const opening = halfOpen({ failureThreshold: '1/9', successThreshold: '2/3' });
    opening.play('00');
    expect(opening.machine.state).toBe('OPEN');
  });

  it('decides as soon as the remaining trial calls cannot change the decision', () => {
    const bench = halfOpen({ successThreshold: '1/100' });
    bench.play('1');
    expect(bench.machine.state).toBe('CLOSED');
  });

  it('admits no more trial calls than the window still needs', () => {
    const bench = halfOpen({ successThreshold: '3/3' });
    const first = bench.admit();
    expect(bench.admit()).toBeDefined();
    expect(bench.admit()).toBeDefined();
    expect(bench.admit()).toBeUndefined();
    bench.record(first, false);
    // One outcome and two running calls: the window needs no more.
    expect(bench.admit()).toBeUndefined();
  });

  it('runs at most maxConcurrentTrials trial calls at once', () => {
    const bench = halfOpen({ successThreshold: '9/10', maxConcurrentTrials: 2 });
    const first = bench.admit();
    bench.admit();
    expect(bench.admit()).toBeUndefined();
    bench.record(first, false);
    expect(bench.admit()).toBeDefined();
    expect(bench.admit()).toBeUndefined();
  });

  it('frees the slot of a call without an outcome, once', () => {
    const bench = halfOpen({ successThreshold: '2/2' });
    const [first] = [bench.admit(), bench.admit()];
    bench.machine.release(first!);
    bench.machine.release(first!);
    expect(bench.admit()).toBeDefined();
    expect(bench.admit()).toBeUndefined();
    expect(bench.window).toBe('');
  });

  it('takes the slot of a call that hangs, oldest first, and ignores its late outcome', () => {
    const bench = halfOpen({ successThreshold: '2/2' });
    const first = bench.admit(0);
    const second = bench.admit(60);
    expect(bench.admit(99)).toBeUndefined();
    expect(bench.admit(100)).toBeDefined();
    expect(bench.admit(100)).toBeUndefined();
    bench.record(first, true, 101);
    expect(bench.machine.state).toBe('HALF_OPEN');
    bench.record(second, false, 120);
    expect(bench.window).toBe('1');
  });

  it('ignores a late outcome even if no other call has taken the slot', () => {
    const bench = halfOpen({ successThreshold: '2/2' });
    const [late, last] = [bench.admit(0), bench.admit(1)];
    bench.record(late, true, 100);
    expect(bench.window).toBe('');
    bench.record(last, false, 100.9);
    expect(bench.window).toBe('1');
  });

  it('reports when the oldest trial call loses its slot', () => {
    const bench = halfOpen({ successThreshold: '2/2' });
    const oldest = bench.admit(10);
    bench.admit(30);
    expect(bench.machine.retryAfterRejection(50)).toBe(60);
    expect(bench.machine.retryAfterRejection(500)).toBe(0);
    expect(bench.machine.retryAfter(50)).toBe(0);
    bench.machine.release(oldest!);
    expect(bench.machine.retryAfterRejection(50)).toBe(80);
  });

  it('reports no wait if no trial call is running', () => {
    expect(halfOpen({}).machine.retryAfterRejection(5)).toBe(0);
  });

  it('counts a slow trial call as a failure only if a threshold judges slowness', () => {
    const lazy = halfOpen({ successThreshold: '2/2' });
    lazy.record(lazy.admit(), false, 0, 1e9);
    expect(lazy.window).toBe('1');
    const strict = halfOpen({
      successThreshold: '2/3',
      failureThreshold: ['5/9', slow(1, { slowerThan: 30 }), slow(1, { slowerThan: 20 })],
    });
    strict.record(strict.admit(), false, 0, 20);
    strict.record(strict.admit(), false, 0, 20.1);
    expect(strict.window).toBe('10');
  });

  it('ignores the outcomes of calls that an earlier state admitted', () => {
    const bench = new MachineBench({ successThreshold: '2/2' });
    const closed = bench.admit();
    bench.machine.halfOpen();
    const trial = bench.admit();
    bench.record(closed, true);
    expect(bench.window).toBe('');
    bench.machine.halfOpen();
    bench.record(trial, true);
    bench.machine.release(trial!);
    expect(bench.machine.state).toBe('HALF_OPEN');
    expect(bench.window).toBe('');
  });

  it('asks for a longer cooldown each time the trial calls fail, until they succeed', () => {
    const bench = new MachineBench({ failureThreshold: '1/1' });
    bench.play('0', 0);
    bench.play('0', 1000);
    bench.play('0', 2000);
    expect(bench.openings).toEqual([1, 2, 3]);
    bench.play('1', 3000);
    expect(bench.machine.state).toBe('CLOSED');
    bench.play('0', 3000);
    expect(bench.openings).toEqual([1, 2, 3, 1]);
  });
});
