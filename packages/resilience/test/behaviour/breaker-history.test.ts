import { describe, expect, it } from 'vitest';
import { CircuitBreakerPolicy } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import { fail, play, succeed } from '../support/calls.ts';

describe('the history of a breaker', () => {
  it('starts empty, with rates of 0', () => {
    const { history } = new CircuitBreakerPolicy();
    expect([...history]).toEqual([]);
    expect(history).toMatchObject({
      length: 0,
      successCount: 0,
      failureCount: 0,
      successRate: 0,
      failureRate: 0,
    });
  });

  it('lists the outcomes in the window, oldest first, true for a success', async () => {
    const breaker = new CircuitBreakerPolicy({ failureThreshold: '4/5' });
    await play(breaker, '1100');
    expect([...breaker.history]).toEqual([true, true, false, false]);
    await play(breaker, '101');
    expect([...breaker.history]).toEqual([false, false, true, false, true]);
  });

  it('counts outcomes and returns their rates', async () => {
    const breaker = new CircuitBreakerPolicy();
    await play(breaker, '1000');
    expect(breaker.history).toMatchObject({
      length: 4,
      successCount: 1,
      failureCount: 3,
      successRate: 0.25,
      failureRate: 0.75,
    });
  });

  it('can be iterated several times', async () => {
    const breaker = new CircuitBreakerPolicy();
    await play(breaker, '10');
    const { history } = breaker;
    expect(Array.from(history)).toEqual(Array.from(history));
  });

  it('is the window that opened the circuit while the circuit is open', async () => {
    const breaker = new CircuitBreakerPolicy({ failureThreshold: '2/4' });
    await play(breaker, '11010');
    expect(breaker.state).toBe('OPEN');
    expect([...breaker.history]).toEqual([true, false, true, false]);
    await play(breaker, '111');
    expect([...breaker.history]).toEqual([true, false, true, false]);
  });

  it('is the window of the trial calls while half-open, and while open if they opened the circuit', async () => {
    const clock = new ManualClock();
    const breaker = new CircuitBreakerPolicy({
      clock,
      cooldown: '1s',
      failureThreshold: '2/4',
      successThreshold: '3/3',
    });
    await play(breaker, '100');
    await clock.advance('1s');
    await play(breaker, '1');
    expect([...breaker.history]).toEqual([true]);
    await fail(breaker);
    expect([breaker.state, [...breaker.history]]).toEqual(['OPEN', [true, false]]);
  });

  it('is empty after the breaker has closed', async () => {
    const breaker = new CircuitBreakerPolicy({ failureThreshold: '2/4' });
    await play(breaker, '00');
    breaker.halfOpen();
    await play(breaker, '111');
    expect([breaker.state, breaker.history.length]).toEqual(['CLOSED', 0]);
  });

  it('agrees with a naive list, for windows of about the size of a word', async () => {
    for (const size of [1, 2, 29, 30, 31, 32, 33, 59, 60, 61, 64, 90, 100]) {
      const breaker = new CircuitBreakerPolicy({ failureThreshold: `${size}/${size}` });
      const kept: boolean[] = [];
      for (let i = 0; i < 3 * size + 7; i++) {
        const success = i % size === 0 || (i * 7919) % 5 < 2;
        await (success ? succeed(breaker) : fail(breaker));
        kept.push(success);
      }
      expect(breaker.state).toBe('CLOSED');
      expect([...breaker.history]).toEqual(kept.slice(-size));
    }
  });
});
