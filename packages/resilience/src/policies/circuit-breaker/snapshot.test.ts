import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import { Backoff } from '../../values/backoff.ts';
import { CircuitBreakerPolicy } from './policy.ts';
import type { CircuitBreakerOptions } from './policy.ts';
import { rate } from './rate.ts';
import { readSnapshot } from './snapshot.ts';
import type { CircuitSnapshot } from './snapshot.ts';
import { failed } from '../../../test/support/outcomes.ts';

const wallStart = 1_700_000_000_000;

function breakerAt(clock: ManualClock, options: CircuitBreakerOptions = {}): CircuitBreakerPolicy {
  return new CircuitBreakerPolicy({ clock, failureThreshold: '2/4', cooldown: '10s', ...options });
}

function play(breaker: CircuitBreakerPolicy, outcomes: string): void {
  for (const outcome of outcomes) {
    const permit = breaker.tryAcquire();
    if (failed(outcome)) permit?.failure(new Error('failure'));
    else permit?.success();
  }
}

/** A breaker from the snapshot, in a process that starts `laterMs` later. */
function revive(
  breaker: CircuitBreakerPolicy,
  laterMs = 0,
  options: CircuitBreakerOptions = {},
): CircuitBreakerPolicy {
  const initialState = JSON.parse(JSON.stringify(breaker)) as CircuitSnapshot;
  const clock = new ManualClock({ wallStart: initialState.at + laterMs });
  return breakerAt(clock, { initialState, ...options });
}

function stateOf({ state, retryAfter }: CircuitBreakerPolicy): string {
  return `${state} ${String(retryAfter)}`;
}

describe('a snapshot', () => {
  it('of a closed circuit has the window and no wait', () => {
    const breaker = breakerAt(new ManualClock({ wallStart }));
    play(breaker, '101');
    expect(breaker.toJSON()).toEqual({
      version: 1,
      state: 'CLOSED',
      at: wallStart,
      openUntil: 0,
      openings: 0,
      windows: ['101'],
    });
    const revived = revive(breaker);
    expect(revived.state).toBe('CLOSED');
    play(revived, '0');
    expect(revived.state).toBe('OPEN');
    expect([...revived.history]).toEqual([true, false, true, false]);
  });

  it('of an open circuit has the time when trial calls are allowed', async () => {
    const clock = new ManualClock({ wallStart });
    const breaker = breakerAt(clock);
    play(breaker, '00');
    await clock.advance('4s');
    expect(breaker.toJSON()).toMatchObject({
      state: 'OPEN',
      at: wallStart + 4000,
      openUntil: wallStart + 10_000,
      openings: 1,
      windows: ['00'],
    });
    expect(breaker.toJSON()).not.toHaveProperty('trials');
    expect(revive(breaker).retryAfter).toBe(6000);
    expect(revive(breaker, 5000).retryAfter).toBe(1000);
    expect(revive(breaker, 9000).retryAfter).toBe(0);
    expect(revive(breaker, 9000).state).toBe('OPEN');
  });

  it('never restores a wait longer than the cooldown, whatever the wall clock did', () => {
    const breaker = breakerAt(new ManualClock({ wallStart }));
    breaker.open();
    expect(revive(breaker, -1e9).retryAfter).toBe(10_000);
    expect(revive(breaker, 0, { cooldown: '3s' }).retryAfter).toBe(3000);
  });

  it('has no wait if the cooldown is over, or if the circuit is half-open', async () => {
    const clock = new ManualClock({ wallStart });
    const breaker = breakerAt(clock);
    breaker.open();
    await clock.advance('1h');
    expect(breaker.toJSON()).toMatchObject({ state: 'OPEN', openUntil: wallStart + 3_600_000 });
    breaker.halfOpen();
    play(breaker, '1');
    expect(breaker.toJSON()).toMatchObject({
      state: 'OPEN',
      openUntil: wallStart + 3_600_000,
      trials: '1',
    });
    expect(stateOf(revive(breaker))).toBe('OPEN 0');
    expect([...revive(breaker).history]).toEqual([true]);
  });

  it('has the window of the trial calls that opened the circuit again', () => {
    const breaker = breakerAt(new ManualClock({ wallStart }));
    play(breaker, '0');
    breaker.halfOpen();
    play(breaker, '100');
    const revived = revive(breaker);
    expect([...revived.history]).toEqual([true, false, false]);
    revived.close();
    expect([...revived.history]).toEqual([]);
  });

  it('of an isolated circuit has the state before the isolation', () => {
    const breaker = breakerAt(new ManualClock({ wallStart }));
    play(breaker, '1');
    breaker.isolate();
    expect(breaker.toJSON()).toMatchObject({ state: 'CLOSED', windows: ['1'] });
    const open = breakerAt(new ManualClock({ wallStart }));
    open.open();
    open.isolate();
    expect(stateOf(revive(open))).toBe('OPEN 10000');
  });

  it.each(['disable', 'metricsOnly'] as const)('keeps the state of %s()', (method) => {
    const breaker = breakerAt(new ManualClock({ wallStart }));
    breaker[method]();
    const revived = revive(breaker);
    play(revived, '0000');
    expect(revived.state).toBe(breaker.state);
  });

  it('keeps the number of openings, which the next cooldown depends on', async () => {
    const clock = new ManualClock({ wallStart });
    const cooldown = new Backoff({ minDelay: 1000, maxDelay: 60_000 });
    const breaker = breakerAt(clock, { failureThreshold: '1/1', cooldown });
    play(breaker, '0');
    await clock.advance('1s');
    play(breaker, '0');
    const revived = revive(breaker, 0, { failureThreshold: '1/1', cooldown });
    expect(revived.retryAfter).toBe(2000);
    revived.halfOpen();
    play(revived, '0');
    expect(revived.retryAfter).toBe(4000);
  });

  it('ages a time window by the wall clock, unless that stepped back', () => {
    const failureThreshold = rate(1, { over: 4000, minimumCalls: 9 });
    const breaker = breakerAt(new ManualClock({ wallStart }), { failureThreshold });
    play(breaker, '01');
    expect(breaker.toJSON().windows).toEqual([[[0, 2, 1]]]);
    const lengthAfter = (ms: number): number =>
      revive(breaker, ms, { failureThreshold }).history.length;
    expect([-5000, 0, 3800, 4000, 1e9].map(lengthAfter)).toEqual([2, 2, 2, 0, 0]);
    expect(revive(breaker, 0, { failureThreshold }).history.failureCount).toBe(1);
  });

  it('restores what fits into the windows if the thresholds differ', () => {
    const breaker = breakerAt(new ManualClock({ wallStart }), { failureThreshold: ['9/9', '8/9'] });
    play(breaker, '10101');
    const smaller = revive(breaker, 0, { failureThreshold: '3/3' });
    expect([...smaller.history]).toEqual([true, false, true]);
    const timed = revive(breaker, 0, { failureThreshold: rate(1, { over: 1, minimumCalls: 1 }) });
    expect(timed.history.length).toBe(0);
    const more = revive(breaker, 0, { failureThreshold: ['9/9', '8/9', '7/9'] });
    expect(more.history.length).toBe(5);
  });
});

describe('the option initialState', () => {
  const good: CircuitSnapshot = {
    version: 1,
    state: 'OPEN',
    at: 5,
    openUntil: 6,
    openings: 1,
    windows: [
      '0110',
      [[0, 2, 1]],
      [
        [5, 2, 0],
        [0, 2, 2],
      ],
      [],
      '',
    ],
    trials: '01',
  };

  it('takes a snapshot and drops unknown fields', () => {
    expect(readSnapshot('initialState', { ...good, more: 1 })).toEqual(good);
    const { trials, ...rest } = good;
    expect(trials).toBe('01');
    expect(readSnapshot('initialState', rest)).toEqual(rest);
    expect(readSnapshot('initialState', rest)).not.toHaveProperty('trials');
  });

  it.each<[string, unknown]>([
    ['another version', { ...good, version: 2 }],
    ['no version', { ...good, version: undefined }],
    ['a state that is not stored', { ...good, state: 'HALF_OPEN' }],
    ['an isolated state', { ...good, state: 'ISOLATED' }],
    ['an unknown state', { ...good, state: 'AJAR' }],
    ['a property that every object has', { ...good, state: 'toString' }],
    ['no time', { ...good, at: undefined }],
    ['a time that is NaN', { ...good, at: Number.NaN }],
    ['no openUntil', { ...good, openUntil: undefined }],
    ['an infinite openUntil', { ...good, openUntil: Infinity }],
    ['half an opening', { ...good, openings: 0.5 }],
    ['negative openings', { ...good, openings: -1 }],
    ['no windows', { ...good, windows: undefined }],
    ['windows that are not an array', { ...good, windows: '01' }],
    ['a window with other characters', { ...good, windows: ['012'] }],
    ['a window of numbers', { ...good, windows: [[1, 2, 3]] }],
    ['a bucket with an unknown age', { ...good, windows: [[[Number.NaN, 2, 1]]] }],
    ['a bucket from the future', { ...good, windows: [[[-1, 2, 1]]] }],
    [
      'an invalid bucket among valid ones',
      {
        ...good,
        windows: [
          [
            [0, 2, 1],
            [0, 2],
          ],
        ],
      },
    ],
    ['a bucket with half a call', { ...good, windows: [[[0, 1.5, 1]]] }],
    ['a bucket with half a failure', { ...good, windows: [[[0, 2, 0.5]]] }],
    ['a bucket with negative failures', { ...good, windows: [[[0, 2, -1]]] }],
    ['a bucket with more failures than calls', { ...good, windows: [[[0, 2, 3]]] }],
    ['a bucket of two numbers', { ...good, windows: [[[0, 2]]] }],
    ['a bucket of four numbers', { ...good, windows: [[[0, 2, 1, 0]]] }],
    ['trial calls with other characters', { ...good, trials: 'x' }],
    ['a string', 'OPEN'],
    ['null', null],
    ['an array', []],
  ])('rejects %s', (_what, value) => {
    expect(() => readSnapshot('initialState', value)).toThrow(TypeError);
    expect(() => readSnapshot('initialState', value)).toThrow(/^initialState: /);
  });
});
