import { describe, expect, it } from 'vitest';
import { CircuitBreakerPolicy, consecutive, rate } from '@highway/resilience';
import { pooled, quorum, resolveTrip } from './trip.ts';

describe('quorum', () => {
  it('reads a fraction, in lowest terms or not', () => {
    expect(quorum('1/2')).toEqual({
      kind: 'quorum',
      numerator: 1,
      denominator: 2,
      minimumNodes: 1,
    });
  });

  it('accepts a minimum number of nodes', () => {
    expect(quorum('2/3', { minimumNodes: 5 }).minimumNodes).toBe(5);
  });

  it.each(['0/3', '3/2', 'half', '', '1/0', '1/2/3', '0x1/2', '1/'])(
    'rejects the share %j by name',
    (share) => {
      expect(() => quorum(share as '1/2')).toThrow(/quorum: .* is invalid/);
    },
  );

  it.each([0, -1, 1.5, Number.NaN, '3'])('rejects %j as a number of nodes', (minimumNodes) => {
    expect(() => quorum('1/2', { minimumNodes: minimumNodes as number })).toThrow(/minimumNodes/);
  });

  it('rejects unknown options', () => {
    expect(() => quorum('1/2', { minimum: 3 } as object)).toThrow(/unknown option "minimum"/);
  });
});

describe('pooled', () => {
  it('counts the calls of the last ten seconds, by the breaker’s rate, by default', () => {
    expect(pooled({ minimumCalls: 10 })).toEqual({
      kind: 'pooled',
      minimumCalls: 10,
      rate: undefined,
      span: 10_000,
    });
  });

  it.each([0, -0.1, 1.1, Number.NaN, '0.5', null])('rejects a rate of %j', (bad) => {
    expect(() => pooled({ minimumCalls: 10, rate: bad as number })).toThrow(/rate: /);
  });

  it('rejects a span that is too short for ten buckets', () => {
    expect(() => pooled({ minimumCalls: 10, over: 99 })).toThrow(/over: 99/);
  });

  it('rejects a minimum of 0 calls', () => {
    expect(() => pooled({ minimumCalls: 0 })).toThrow(/minimumCalls: 0/);
  });
});

describe('a trip that leaves the rate to the breaker', () => {
  const trip = pooled({ minimumCalls: 10 });

  it('uses the share of failures of the first threshold that has one', () => {
    const breaker = new CircuitBreakerPolicy({
      failureThreshold: [consecutive(5), rate(0.3, { over: '10s', minimumCalls: 5 })],
    });
    expect(resolveTrip(trip, breaker)).toMatchObject({ rate: 0.3 });
  });

  it('uses a fraction as the share', () => {
    const breaker = new CircuitBreakerPolicy({ failureThreshold: '3/4' });
    expect(resolveTrip(trip, breaker)).toMatchObject({ rate: 0.75 });
  });

  it('keeps its own rate if it has one', () => {
    const breaker = new CircuitBreakerPolicy({ failureThreshold: '3/4' });
    expect(resolveTrip({ ...trip, rate: 0.1 }, breaker)).toMatchObject({ rate: 0.1 });
  });

  it('is rejected if no threshold has a share', () => {
    const breaker = new CircuitBreakerPolicy({ failureThreshold: consecutive(5) });
    expect(() => resolveTrip(trip, breaker)).toThrow(/rate: /);
  });

  it.each([undefined, null, {}, 'quorum', { kind: 'vote' }])('rejects %j as a trip', (bad) => {
    expect(() => resolveTrip(bad as never, new CircuitBreakerPolicy())).toThrow(/trip: /);
  });
});
