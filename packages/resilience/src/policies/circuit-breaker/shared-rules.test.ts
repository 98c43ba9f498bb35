import { describe, expect, it } from 'vitest';
import { Backoff } from '../../values/backoff.ts';
import { Fraction } from '../../values/fraction.ts';
import { readBreakerOptions } from './options.ts';
import type { BreakerRules } from './options.ts';
import type { CircuitBreakerOptions } from './policy.ts';
import { rate } from './rate.ts';
import { shareRules } from './shared-rules.ts';
import { consecutive } from './thresholds.ts';

/** What of the options concerns one breaker alone. */
const own = ['name', 'clock', 'initialState'];

/** The rules of a breaker with these options, as it shares them with others. */
function rulesOf(options: CircuitBreakerOptions): BreakerRules {
  const read = Object.entries(readBreakerOptions(options));
  return Object.fromEntries(read.filter(([key]) => !own.includes(key))) as never;
}

describe('the rules of breakers that are made one after the other', () => {
  it.each<[string, CircuitBreakerOptions, CircuitBreakerOptions]>([
    ['none', {}, {}],
    ['the same', { cooldown: '5s', rampUp: '1m' }, { cooldown: 5000, rampUp: 60_000 }],
    [
      'a text and a fraction',
      { failureThreshold: '2/5' },
      { failureThreshold: new Fraction(2, 5) },
    ],
    [
      'several thresholds',
      { failureThreshold: ['2/5', consecutive(3)] },
      { failureThreshold: ['2/5', consecutive(3)] },
    ],
    ['a threshold for trial calls', { successThreshold: '2/3' }, { successThreshold: '2/3' }],
  ])('are one object where their options are equal: %s', (_what, first, second) => {
    const shared = shareRules(rulesOf(first));
    expect(shareRules(rulesOf(second))).toBe(shared);
  });

  it.each<[string, CircuitBreakerOptions]>([
    ['the cooldown', { cooldown: '6s' }],
    ['the threshold', { failureThreshold: ['3/5', '5/5'] }],
    ['a threshold after the first', { failureThreshold: ['2/5', '4/5'] }],
    ['how many thresholds', { failureThreshold: ['2/5', '5/5', '1/2'] }],
    ['that there is one threshold', { failureThreshold: '2/5' }],
    ['how the threshold was given', { failureThreshold: ['2/5', consecutive(5)] }],
    ['the threshold for trial calls', { successThreshold: '2/3' }],
    ['how long a trial call may take', { trialTimeout: '7s' }],
    ['how many trial calls may run', { maxConcurrentTrials: 9 }],
    ['the ramp', { rampUp: '1s' }],
    ['a predicate', { handle: () => true }],
  ])('are two where they differ in %s', (_what, other) => {
    const base: CircuitBreakerOptions = { cooldown: '5s', failureThreshold: ['2/5', '5/5'] };
    shareRules(rulesOf(base));
    const rules = rulesOf({ ...base, ...other });
    expect(shareRules(rules)).toBe(rules);
  });

  it.each<[string, CircuitBreakerOptions]>([
    ['a predicate', { handle: () => true }],
    ['a listener', { onStateChange: () => {} }],
    ['a backoff', { cooldown: Backoff.fixed('1s') }],
    ['a threshold with a window of its own', { failureThreshold: rate(0.5, window()) }],
    ['one among others', { failureThreshold: ['1/2', rate(0.5, window())] }],
  ])('are not kept where they could hold on to what a user made: %s', (_what, options) => {
    const kept = shareRules(rulesOf({}));
    const rules = rulesOf(options);
    expect(shareRules(rules)).toBe(rules);
    expect(shareRules({ ...rules })).not.toBe(rules);
    expect(shareRules(rulesOf({}))).toBe(kept);
  });
});

function window() {
  return { over: '10s', minimumCalls: 5 } as const;
}
