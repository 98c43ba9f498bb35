import { describe, expect, it } from 'vitest';
import { Fraction } from '../../values/fraction.ts';
import type { Tracker } from '../../support/outcomes.ts';
import { rate, slow } from './rate.ts';
import { consecutive, toThresholds } from './thresholds.ts';
import { failed } from '../../../test/support/outcomes.ts';

/** Records outcomes. Returns whether each of them met the threshold. */
function play(tracker: Tracker, outcomes: string, took = 0, now = 0): boolean[] {
  return Array.from(outcomes, (outcome) => tracker.record(failed(outcome), took, now));
}

const atZero = { now: () => 0 };

describe('a fraction as a threshold', () => {
  it('is met only by failures, as soon as there are enough', () => {
    const [threshold] = toThresholds('failureThreshold', '2/3');
    const tracker = threshold!.track(atZero);
    expect(play(tracker, '01001')).toEqual([false, false, true, true, false]);
    expect(tracker.window.length).toBe(3);
  });

  it('is its own trial threshold, is not timed, and is a string in settings', () => {
    const [threshold] = toThresholds('failureThreshold', new Fraction(2, 4));
    expect(String(threshold!.trials)).toBe('2/4');
    expect(threshold).toMatchObject({ timed: false, slowerThanMs: Infinity });
    expect(JSON.stringify(threshold)).toBe('"2/4"');
  });
});

describe('consecutive', () => {
  it('is met by that many failures in a row', () => {
    const tracker = consecutive(3).track(atZero);
    expect(play(tracker, '001000')).toEqual([false, false, false, false, false, true]);
  });

  it('has the trial threshold n/n', () => {
    expect(String(consecutive(3).trials)).toBe('3/3');
    expect(JSON.stringify(consecutive(3))).toBe('{"type":"consecutive","failures":3}');
  });

  it.each([0, -1, 1.5, Number.NaN, Infinity, '3' as never])('rejects %s', (failures) => {
    expect(() => consecutive(failures)).toThrow(/^consecutive: /);
  });
});

describe('rate', () => {
  const options = { over: '1s', minimumCalls: 4 };

  it('is met by a share of the calls once there are enough calls', () => {
    const tracker = rate(0.5, options).track(atZero);
    expect(play(tracker, '000')).toEqual([false, false, false]);
    expect(play(tracker, '0')).toEqual([true]);
    expect(play(rate(0.5, options).track(atZero), '1100')).toEqual([false, false, false, true]);
    expect(play(rate(0.5, options).track(atZero), '11100')).not.toContain(true);
  });

  it('is never met by a success', () => {
    expect(play(rate(0.5, options).track(atZero), '0001')).not.toContain(true);
  });

  it('does not count outcomes older than its window', () => {
    let now = 0;
    const tracker = rate(0.5, options).track({ now: () => now });
    play(tracker, '000', 0, now);
    now = 1000;
    expect(play(tracker, '0', 0, now)).toEqual([false]);
    expect(tracker.window.length).toBe(1);
  });

  it.each([
    [0.5, 4, '2/4'],
    [0.5, 5, '3/5'],
    [0.07, 100, '7/100'],
    [0.29, 100, '29/100'],
    [0.57, 100, '57/100'],
    [0.01, 3, '1/3'],
    [1, 7, '7/7'],
    [Number.MIN_VALUE, 1, '1/1'],
  ])('of %d with %d calls has the trial threshold %s', (ratio, minimumCalls, trials) => {
    expect(String(rate(ratio, { over: 1, minimumCalls }).trials)).toBe(trials);
  });

  it('is timed, does not judge slowness, and is plain data in settings', () => {
    const threshold = rate(0.5, options);
    expect(threshold).toMatchObject({ timed: true, slowerThanMs: Infinity });
    expect(threshold.toJSON()).toEqual({ type: 'rate', ratio: 0.5, over: 1000, minimumCalls: 4 });
  });

  it.each<[unknown, unknown, RegExp]>([
    [0, options, /^rate: /],
    [1.01, options, /^rate: /],
    [-1, options, /^rate: /],
    [Number.NaN, options, /^rate: /],
    [0.5, undefined, /^rate: options/],
    [0.5, { minimumCalls: 1 }, /^over: /],
    [0.5, { over: 0, minimumCalls: 1 }, /^over: 0 /],
    [0.5, { over: 1000 }, /^minimumCalls: /],
    [0.5, { over: 1000, minimumCalls: 0 }, /^minimumCalls: 0 /],
    [0.5, { ...options, slowerThan: 1 }, /^rate: unknown option "slowerThan"/],
  ])('rejects %s with %o', (ratio, given, message) => {
    expect(() => rate(ratio as number, given as typeof options)).toThrow(message);
  });
});

describe('slow', () => {
  it('is met by a share of calls that took longer, whether they failed or not', () => {
    const tracker = slow(0.5, { slowerThan: 100, minimumCalls: 2 }).track(atZero);
    expect(play(tracker, '0', 100)).toEqual([false]);
    expect(play(tracker, '1', 100.1)).toEqual([true]);
    expect(Array.from(tracker.window).sort()).toEqual([false, true]);
  });

  it('judges at least ten calls within ten seconds by default', () => {
    expect(slow(0.5, { slowerThan: '2s' }).toJSON()).toEqual({
      type: 'slow',
      ratio: 0.5,
      over: 10_000,
      minimumCalls: 10,
      slowerThan: 2000,
    });
    expect(slow(0.5, { slowerThan: '2s' })).toMatchObject({ timed: true, slowerThanMs: 2000 });
  });

  it('requires slowerThan', () => {
    expect(() => slow(0.5, {} as never)).toThrow(/^slowerThan: /);
    expect(() => slow(2, { slowerThan: 1 })).toThrow(/^slow: 2 /);
  });
});

describe('the option failureThreshold', () => {
  it('takes one threshold or several, of all kinds', () => {
    const given = [
      consecutive(2),
      '1/2',
      new Fraction(3, 4),
      rate(1, { over: 1, minimumCalls: 1 }),
    ];
    expect(toThresholds('failureThreshold', given).map(({ trials }) => String(trials))).toEqual([
      '2/2',
      '1/2',
      '3/4',
      '1/1',
    ]);
    expect(toThresholds('failureThreshold', given[0])).toEqual([given[0]]);
  });

  it.each<[string, unknown, RegExp]>([
    ['an empty list', [], /^failureThreshold: /],
    ['null', null, /^failureThreshold: null /],
    ['0/n', '0/5', /^failureThreshold: "0\/5" /],
    ['more than n/n', '6/5', /^failureThreshold: "6\/5" /],
    ['a number', 0.5, /^failureThreshold: 0.5 /],
    ['plain data', { type: 'consecutive', failures: 1 }, /^failureThreshold: /],
    ['an invalid threshold among valid ones', ['1/2', '0/2'], /^failureThreshold\[1\]: "0\/2" /],
  ])('rejects %s', (_what, given, message) => {
    expect(() => toThresholds('failureThreshold', given)).toThrow(message);
  });
});
