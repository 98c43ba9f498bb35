import { describe, expect, it } from 'vitest';
import { CircuitBreakerPolicy, RetryPolicy, observe } from '@highway/resilience';
import type { EventType } from '@highway/resilience';
import { fail, succeed, thrown } from '../support/calls.ts';

const types = ['stateChange'] as const;

describe('observe with types', () => {
  it('reports only events of those types, from policies made before and after', async () => {
    const before = new CircuitBreakerPolicy({ name: 'before', failureThreshold: '1/1' });
    const seen: string[] = [];
    const stop = observe(({ type, policyName }) => seen.push(`${String(policyName)} ${type}`), {
      types: ['stateChange', 'rejected'],
    });
    const after = new CircuitBreakerPolicy({ name: 'after', failureThreshold: '1/1' });
    for (const breaker of [before, after]) {
      await succeed(breaker);
      await fail(breaker);
      await fail(breaker);
    }
    stop();
    before.close();
    expect(seen).toEqual([
      'before stateChange',
      'before rejected',
      'after stateChange',
      'after rejected',
    ]);
  });

  it('costs calls nothing if only state changes are observed', () => {
    const breaker = new CircuitBreakerPolicy({ name: 'cheap' });
    const stop = observe(() => {}, { types });
    expect([breaker.channel.active, breaker.channel.hears('stateChange')]).toEqual([false, true]);
    expect(breaker.channel.hears('success')).toBe(false);
    const stopOther = observe(() => {}, { types: ['success'] });
    expect(breaker.channel.active).toBe(true);
    stopOther();
    expect(breaker.channel.active).toBe(false);
    stop();
    expect(breaker.channel.hears('stateChange')).toBe(false);
  });

  it('does not affect observers of all types', async () => {
    const retry = new RetryPolicy({ name: 'heard by both' });
    const all: string[] = [];
    const some: string[] = [];
    const stops = [
      observe(({ type }) => all.push(type)),
      observe(({ type }) => some.push(type), { types: ['failure'] }),
    ];
    await succeed(retry);
    for (const stop of stops) stop();
    expect([all, some]).toEqual([['success'], []]);
  });

  it('throws for unknown types and unknown options, and the error names them', () => {
    for (const bad of [['statechange'], 'stateChange', [], [1], null]) {
      const error = thrown(() => observe(() => {}, { types: bad as EventType[] }));
      expect(String(error)).toMatch(/^(Type|Range)Error: types: .*stateChange/);
    }
    expect(String(thrown(() => observe(() => {}, { type: 'x' } as object)))).toContain('"type"');
    expect(String(thrown(() => observe(undefined as never)))).toContain('observe');
  });
});
