import { describe, expect, it } from 'vitest';
import { Backoff } from '../../values/backoff.ts';
import { Fraction } from '../../values/fraction.ts';
import { readBreakerOptions } from './options.ts';
import type { BreakerRules } from './options.ts';
import type { CircuitBreakerOptions } from './policy.ts';
import { rate } from './rate.ts';
import { shareRules } from './shared-rules.ts';
import { consecutive } from './thresholds.ts';

/** The options that are never shared. */
const own = ['name', 'clock', 'initialState'];

/** The rules that a breaker with these options shares with others. */
function rulesOf(options: CircuitBreakerOptions): BreakerRules {
  const read = Object.entries(readBreakerOptions(options));
  return Object.fromEntries(read.filter(([key]) => !own.includes(key))) as never;
}

describe('the rules of successive breakers', () => {
  it.each<[string, CircuitBreakerOptions, CircuitBreakerOptions]>([
    ['no options', {}, {}],
    ['the same options', { cooldown: '5s', rampUp: '1m' }, { cooldown: 5000, rampUp: 60_000 }],
    [
      'a string and a fraction',
      { failureThreshold: '2/5' },
      { failureThreshold: new Fraction(2, 5) },
    ],
    [
      'several thresholds',
      { failureThreshold: ['2/5', consecutive(3)] },
      { failureThreshold: ['2/5', consecutive(3)] },
    ],
    ['a success threshold', { successThreshold: '2/3' }, { successThreshold: '2/3' }],
  ])('are one object if the options are equal: %s', (_what, first, second) => {
    const shared = shareRules(rulesOf(first));
    expect(shareRules(rulesOf(second))).toBe(shared);
  });

  it.each<[string, CircuitBreakerOptions]>([
    ['the cooldown', { cooldown: '6s' }],
    ['the threshold', { failureThreshold: ['3/5', '5/5'] }],
    ['a threshold after the first', { failureThreshold: ['2/5', '4/5'] }],
    ['the number of thresholds', { failureThreshold: ['2/5', '5/5', '1/2'] }],
    ['a list of one threshold', { failureThreshold: '2/5' }],
    ['the kind of a threshold', { failureThreshold: ['2/5', consecutive(5)] }],
    ['the success threshold', { successThreshold: '2/3' }],
    ['the trial timeout', { trialTimeout: '7s' }],
    ['the concurrent trial calls', { maxConcurrentTrials: 9 }],
    ['the ramp', { rampUp: '1s' }],
    ['a predicate', { handle: () => true }],
  ])('are two objects if they differ in %s', (_what, other) => {
    const base: CircuitBreakerOptions = { cooldown: '5s', failureThreshold: ['2/5', '5/5'] };
    shareRules(rulesOf(base));
    const rules = rulesOf({ ...base, ...other });
    expect(shareRules(rules)).toBe(rules);
  });

  it.each<[string, CircuitBreakerOptions]>([
    ['a predicate', { handle: () => true }],
    ['a listener', { onStateChange: () => {} }],
    ['a backoff', { cooldown: Backoff.fixed('1s') }],
    ['a time-based threshold', { failureThreshold: rate(0.5, window()) }],
    ['such a threshold among others', { failureThreshold: ['1/2', rate(0.5, window())] }],
  ])('are not kept if they refer to an object of the user: %s', (_what, options) => {
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
