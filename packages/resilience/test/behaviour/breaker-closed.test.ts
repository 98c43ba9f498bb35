import { describe, expect, it } from 'vitest';
import { CircuitBreakerPolicy, CircuitState } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import { boom, fail, hold, play, succeed } from '../support/calls.ts';

const [success, failure] = ['1', '0'];

describe('a closed breaker', () => {
  it('is the state of a new breaker', () => {
    const breaker = new CircuitBreakerPolicy();
    expect(breaker.state).toBe('CLOSED');
    expect(breaker.state).toBe(CircuitState.CLOSED);
    expect(breaker.history.length).toBe(0);
    expect(breaker.retryAfter).toBe(0);
  });

  it('runs every call', async () => {
    const breaker = new CircuitBreakerPolicy();
    const calls = Array.from({ length: 50 }, () => hold(breaker));
    expect(calls.every((call) => call.ran)).toBe(true);
    await Promise.all(calls.map((call) => call.succeed()));
    expect(breaker.state).toBe('CLOSED');
  });

  it('opens after ten failures in a row by default, before it has seen twenty calls', async () => {
    const breaker = new CircuitBreakerPolicy();
    await play(breaker, failure.repeat(9));
    expect(breaker.state).toBe('CLOSED');
    await fail(breaker);
    expect(breaker.state).toBe('OPEN');
    expect(breaker.history.length).toBe(10);
  });

  it('opens at the tenth failure of the last twenty calls by default', async () => {
    const breaker = new CircuitBreakerPolicy();
    await play(breaker, '10'.repeat(9));
    expect(breaker.state).toBe('CLOSED');
    await succeed(breaker);
    expect(breaker.state).toBe('CLOSED');
    await fail(breaker);
    expect(breaker.state).toBe('OPEN');
  });

  it('forgets failures that are older than its window', async () => {
    const breaker = new CircuitBreakerPolicy({ failureThreshold: '2/3' });
    await play(breaker, '0110110110');
    expect(breaker.state).toBe('CLOSED');
    await play(breaker, '10');
    expect(breaker.state).toBe('OPEN');
  });

  it('never opens at a success', async () => {
    // Restored from a stricter breaker, the window holds enough failures as it is.
    const strict = new CircuitBreakerPolicy({ failureThreshold: '3/3' });
    await play(strict, '00');
    const breaker = new CircuitBreakerPolicy({
      failureThreshold: '2/3',
      initialState: strict.toJSON(),
    });
    expect(breaker.state).toBe('CLOSED');
    await succeed(breaker);
    expect([...breaker.history]).toEqual([false, false, true]);
    expect(breaker.state).toBe('CLOSED');
    await play(breaker, '1');
    await fail(breaker);
    expect(breaker.state).toBe('CLOSED');
    await fail(breaker);
    expect(breaker.state).toBe('OPEN');
  });

  it('opens at the first failure with 1/n, however many successes came before', async () => {
    const breaker = new CircuitBreakerPolicy({ failureThreshold: '1/100' });
    await play(breaker, success.repeat(300));
    await fail(breaker);
    expect(breaker.state).toBe('OPEN');
  });

  it('opens with n/n only after n failures in a row', async () => {
    const breaker = new CircuitBreakerPolicy({ failureThreshold: '3/3' });
    await play(breaker, '001001001');
    expect(breaker.state).toBe('CLOSED');
    await play(breaker, '000');
    expect(breaker.state).toBe('OPEN');
  });

  it('counts a call when it ends, not when it begins', async () => {
    const breaker = new CircuitBreakerPolicy({ failureThreshold: '2/2' });
    const [first, second, third] = [hold(breaker), hold(breaker), hold(breaker)];
    await second.fail();
    await first.succeed();
    await third.fail();
    expect([...breaker.history]).toEqual([true, false]);
    expect(breaker.state).toBe('CLOSED');
  });

  it('counts only the failures up to the threshold of calls that ran together, and opens once', async () => {
    const seen: string[] = [];
    const breaker = new CircuitBreakerPolicy({
      failureThreshold: '2/4',
      onStateChange: (_policy, _old, state) => seen.push(state),
    });
    const calls = Array.from({ length: 10 }, () => hold(breaker));
    await Promise.all(calls.map((call) => call.fail()));
    expect(seen).toEqual(['OPEN']);
    expect(breaker.history.length).toBe(2);
  });

  it('forgets nothing while it is idle', async () => {
    const clock = new ManualClock();
    const breaker = new CircuitBreakerPolicy({ clock, failureThreshold: '2/5' });
    await fail(breaker);
    await clock.advance('9d');
    await fail(breaker);
    expect(breaker.state).toBe('OPEN');
  });

  it('agrees with a naive window for every sequence of eight calls', async () => {
    for (let bits = 0; bits < 256; bits++) {
      const sequence = bits.toString(2).padStart(8, '0');
      const breaker = new CircuitBreakerPolicy({ failureThreshold: '2/3' });
      await play(breaker, sequence);
      expect([sequence, breaker.state]).toEqual([sequence, naiveState(sequence, 2, 3)]);
    }
  });
});

/** Where a breaker that failed `failures` of the last `window` calls stands after the sequence. */
function naiveState(sequence: string, failures: number, window: number): string {
  for (let end = 1; end <= sequence.length; end++) {
    const recent = sequence.slice(Math.max(0, end - window), end);
    const failed = recent.split(failure).length - 1;
    if (recent.endsWith(failure) && failed >= failures) return 'OPEN';
  }
  return 'CLOSED';
}

describe('a threshold', () => {
  it.each(['failureThreshold', 'successThreshold'])('of 0/n is invalid as %s', (option) => {
    for (const fraction of ['0/1', '0/20']) {
      expect(() => new CircuitBreakerPolicy({ [option]: fraction })).toThrow(RangeError);
      expect(() => new CircuitBreakerPolicy({ [option]: fraction })).toThrow(option);
    }
  });

  it('of a hundred thousand calls is met as exactly as one of a few', async () => {
    const breaker = new CircuitBreakerPolicy({ failureThreshold: '1000/100000' });
    const failing = breaker((): void => {
      throw boom;
    });
    const work = Array.from({ length: 999 }, () => failing().catch(() => {}));
    await Promise.all(work);
    expect(breaker.state).toBe('CLOSED');
    await fail(breaker);
    expect(breaker.state).toBe('OPEN');
  });
});
