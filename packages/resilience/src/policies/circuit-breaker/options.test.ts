import { describe, expect, it } from 'vitest';
import { Backoff } from '../../values/backoff.ts';
import { systemClock } from '../../seams/clock.ts';
import { breakerSettings, readBreakerOptions } from './options.ts';
import type { CircuitBreakerOptions } from './policy.ts';
import { rate, slow } from './rate.ts';

describe('the options of a breaker', () => {
  it('have defaults', () => {
    const rules = readBreakerOptions({});
    expect(rules).toMatchObject({
      name: undefined,
      clock: systemClock,
      cooldown: 30_000,
      successThreshold: undefined,
      trialCalls: 20,
      failuresToOpen: 10,
      successesToClose: 11,
      maxConcurrentTrials: 3,
      trialTimeoutMs: 30_000,
      rampUp: 0,
      slowTrialMs: Infinity,
      timed: false,
      handle: undefined,
      handleResult: undefined,
      ignore: undefined,
      initialState: undefined,
      onStateChange: undefined,
    });
    expect(rules.failureThreshold.map(({ trials }) => String(trials))).toEqual(['10/20']);
  });

  it.each<
    [
      string,
      CircuitBreakerOptions,
      [calls: number, successesToClose: number, failuresToOpen: number],
    ]
  >([
    ['a failure threshold', { failureThreshold: '2/5' }, [5, 4, 2]],
    ['the first of several', { failureThreshold: ['1/5', '2/3'] }, [5, 5, 1]],
    ['a success threshold', { failureThreshold: '2/5', successThreshold: '3/4' }, [4, 3, 2]],
    ['a success threshold of n/n', { successThreshold: '4/4' }, [4, 4, 1]],
  ])(
    'derive from %s when trial calls decide',
    (_what, options, [trialCalls, successesToClose, failuresToOpen]) => {
      expect(readBreakerOptions(options)).toMatchObject({
        trialCalls,
        successesToClose,
        failuresToOpen,
      });
    },
  );

  it.each<[string, CircuitBreakerOptions, number]>([
    ['the cooldown', { cooldown: '5s' }, 5000],
    ['a second if the cooldown is shorter', { cooldown: 10 }, 1000],
    ['the first cooldown', { cooldown: new Backoff({ minDelay: 2000, maxDelay: 9000 }) }, 2000],
    ['the option trialTimeout', { cooldown: '5s', trialTimeout: 7 }, 7],
  ])('set the trial timeout to %s', (_what, options, trialTimeout) => {
    expect(readBreakerOptions(options).trialTimeoutMs).toBe(trialTimeout);
  });

  it('take the shortest slowerThan, and are timed if a threshold is', () => {
    const timed = readBreakerOptions({
      failureThreshold: ['1/2', slow(1, { slowerThan: 30 }), slow(1, { slowerThan: 20 })],
    });
    expect(timed).toMatchObject({ slowTrialMs: 20, timed: true });
    const rated = rate(1, { over: 1, minimumCalls: 1 });
    expect(readBreakerOptions({ failureThreshold: rated })).toMatchObject({
      slowTrialMs: Infinity,
      timed: true,
    });
  });

  it.each<[string, unknown]>([
    ['cooldown', -1],
    ['cooldown', Infinity],
    ['cooldown', 'soon'],
    ['cooldown', null],
    ['cooldown', { forAttempt: () => 5 }],
    ['cooldown', { minDelay: 5 }],
    ['failureThreshold', '0/3'],
    ['failureThreshold', null],
    ['successThreshold', '0/3'],
    ['successThreshold', 0.5],
    ['trialTimeout', Number.NaN],
    ['trialTimeout', 0],
    ['maxConcurrentTrials', 0],
    ['maxConcurrentTrials', 1.5],
    ['rampUp', '-1s'],
    ['handle', true],
    ['handleResult', 'x'],
    ['ignore', {}],
    ['initialState', 'OPEN'],
    ['onStateChange', 1],
    ['name', ''],
    ['clock', {}],
  ])('reject %s: %o, naming the option', (option, value) => {
    expect(() => readBreakerOptions({ [option]: value })).toThrow(
      expect.objectContaining({ message: expect.stringContaining(`${option}: `) as string }),
    );
  });

  it('reject an unknown option', () => {
    expect(() => readBreakerOptions({ coolDown: 1 } as never)).toThrow(/unknown option "coolDown"/);
  });

  it('allow an infinite number of concurrent trial calls', () => {
    const rules = readBreakerOptions({ maxConcurrentTrials: Infinity });
    expect(rules.maxConcurrentTrials).toBe(Infinity);
  });
});

describe('the settings of a breaker', () => {
  it('are plain data, including defaults', () => {
    const settings = breakerSettings(readBreakerOptions({ name: 'db', failureThreshold: ['1/2'] }));
    expect(JSON.parse(JSON.stringify(settings))).toEqual({
      type: 'circuitBreaker',
      name: 'db',
      cooldown: 30_000,
      failureThreshold: ['1/2'],
      trialTimeout: 30_000,
      maxConcurrentTrials: 3,
      rampUp: 0,
    });
  });

  it('include a backoff and a success threshold', () => {
    const cooldown = new Backoff({ minDelay: 1, maxDelay: 2 });
    const settings = breakerSettings(readBreakerOptions({ cooldown, successThreshold: '1/2' }));
    expect(settings['cooldown']).toStrictEqual({ minDelay: 1, maxDelay: 2, factor: 2, jitter: 0 });
    expect(settings['successThreshold']).toBe('1/2');
  });
});
