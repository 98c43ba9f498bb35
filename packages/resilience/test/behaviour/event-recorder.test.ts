import { describe, expect, it } from 'vitest';
import { CircuitBreakerPolicy, RetryPolicy } from '@highway/resilience';
import { recordEvents } from '@highway/resilience/testing';
import { boom, fail, play, succeed } from '../support/calls.ts';

describe('recordEvents', () => {
  it('records every later event, in order', async () => {
    const breaker = new CircuitBreakerPolicy({ failureThreshold: '1/1' });
    await succeed(breaker);
    const recording = recordEvents(breaker);
    expect(recording.events).toEqual([]);
    await play(breaker, '101');
    expect(recording.types).toEqual(['success', 'failure', 'stateChange', 'rejected']);
    expect(recording.events.map(({ policy }) => policy)).toEqual(Array(4).fill(breaker));
  });

  it('returns the events of one type, with their data', async () => {
    const breaker = new CircuitBreakerPolicy();
    const recording = recordEvents(breaker);
    await play(breaker, '10');
    expect(recording.of('failure').map(({ error }) => error)).toEqual([boom]);
    expect(recording.of('retry')).toEqual([]);
  });

  it('records several policies into one list', async () => {
    const [one, other] = [new CircuitBreakerPolicy(), new RetryPolicy({ handle: () => false })];
    const recording = recordEvents(one, other);
    await succeed(one);
    await fail(other);
    expect(recording.events.map(({ policy, type }) => [policy, type])).toEqual([
      [one, 'success'],
      [other, 'failure'],
    ]);
  });

  it('forgets earlier events when it is cleared', async () => {
    const breaker = new CircuitBreakerPolicy();
    const recording = recordEvents(breaker);
    await play(breaker, '11');
    recording.clear();
    expect(recording.events).toEqual([]);
    await fail(breaker);
    expect(recording.types).toEqual(['failure']);
  });

  it('stops when it is stopped or disposed, and keeps its events', async () => {
    const breaker = new CircuitBreakerPolicy();
    const recording = recordEvents(breaker);
    await succeed(breaker);
    recording.stop();
    await fail(breaker);
    expect(recording.types).toEqual(['success']);
    let disposed;
    {
      using other = recordEvents(breaker);
      disposed = other;
    }
    await fail(breaker);
    expect(disposed.types).toEqual([]);
  });
});
