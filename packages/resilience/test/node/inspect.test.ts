import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  AdaptiveLimiterPolicy,
  AdaptiveThrottlerPolicy,
  Backoff,
  BulkheadPolicy,
  CachePolicy,
  CircuitBreakerPolicy,
  CircuitOpenError,
  Failsafe,
  FallbackPolicy,
  Fraction,
  HedgePolicy,
  PolicyRegistry,
  RateLimiterPolicy,
  RetriesExceededError,
  RetryBudget,
  RetryPolicy,
  TimeoutPolicy,
} from '@highway/resilience';
import type { Policy } from '@highway/resilience';
import { ChaosPolicy, ManualClock } from '@highway/resilience/testing';
import { boom } from '../support/calls.ts';

const name = 'payments';
const clock = new ManualClock();
const kinds: readonly (readonly [type: string, policy: Policy<unknown>, shown: RegExp])[] = [
  [
    'circuitBreaker',
    new CircuitBreakerPolicy({ name, clock }),
    /state: 'CLOSED'.*cooldown: 30000/s,
  ],
  ['retry', new RetryPolicy({ name, clock }), /maxRetries: 3/],
  ['timeout', new TimeoutPolicy({ name, clock, timeout: 50 }), /timeout: 50/],
  [
    'bulkhead',
    new BulkheadPolicy({ name, clock, maxConcurrent: 5 }),
    /inFlight: 0.*maxConcurrent: 5/s,
  ],
  [
    'rateLimiter',
    new RateLimiterPolicy({ name, clock, limit: 5, per: 50 }),
    /available: 5.*limit: 5/s,
  ],
  ['fallback', new FallbackPolicy({ name, clock, fallback: 5 }), /\{\}/],
  ['hedge', new HedgePolicy({ name, clock, delay: 50 }), /delay: 50/],
  ['cache', new CachePolicy({ name, clock, ttl: 50 }), /size: 0.*ttl: 50/s],
  ['adaptiveLimiter', new AdaptiveLimiterPolicy({ name, clock }), /limit: 20.*maxLimit: 200/s],
  [
    'adaptiveThrottler',
    new AdaptiveThrottlerPolicy({ name, clock }),
    /rejectionRate: 0.*window: 10000/s,
  ],
  ['chaos', new ChaosPolicy({ name, clock, rate: 0.5 }), /rate: 0.5/],
];

describe.each(kinds)('a policy of the type %s', (type, policy, shown) => {
  const label = `${type.charAt(0).toUpperCase()}${type.slice(1)}Policy "payments"`;

  it('has its type as its string tag, like its settings', () => {
    expect(policy.type).toBe(type);
    expect(policy.settings.type).toBe(type);
  });

  it('is shown in a few lines, with its class, name, state and settings', () => {
    for (const depth of [0, 1, 2, null]) {
      const text = inspect(policy, { depth });
      expect(text).toContain(`${label} {`);
      expect(text).toMatch(shown);
      expect(text.split('\n').length).toBeLessThan(20);
    }
    expect(inspect([policy], { depth: 0 })).toBe(`[ [${label}] ]`);
    expect(String(policy)).toBe(label);
  });

  it('is plain data in a log', () => {
    const logged = JSON.parse(JSON.stringify({ policy })) as { policy: Record<string, unknown> };
    const settings = { ...policy.settings, type: undefined, name: undefined };
    const wanted = JSON.stringify({ type, name, settings });
    // A breaker's is its snapshot, for a breaker in another process.
    const snapshot = { version: 1, state: 'CLOSED' };
    const isBreaker = type === 'circuitBreaker';
    expect(logged.policy).toMatchObject(isBreaker ? snapshot : (JSON.parse(wanted) as object));
  });
});

describe('a Failsafe', () => {
  it('is shown with its policies', () => {
    const policies = kinds.slice(0, 2).map(([, policy]) => policy);
    const failsafe = new Failsafe({ policies, onWarning: () => {} });
    const text = inspect(failsafe);
    expect(text).toMatch(/^Failsafe \{/);
    expect(text).toContain('RetryPolicy "payments"');
    expect(inspect(failsafe, { depth: 0 })).toContain('[RetryPolicy "payments"]');
    expect(JSON.parse(JSON.stringify(failsafe))).toMatchObject({
      type: 'failsafe',
      settings: {
        policies: [
          { type: 'circuitBreaker', name },
          { type: 'retry', name },
        ],
      },
    });
    expect([failsafe.type, String(failsafe)]).toEqual(['failsafe', 'Failsafe']);
  });
});

describe('an object that is not a policy', () => {
  it.each([
    [new Fraction(2, 5), 'numerator: 2, denominator: 5'],
    [Backoff.fixed(5), 'minDelay: 5'],
    [new RetryBudget(), 'ratio: 0.2'],
    [new CircuitBreakerPolicy().history, 'CircuitHistory {'],
    [new ManualClock({ wallStart: 5 }), 'ManualClock { now: 0, wallNow: 5, pendingTimers: 0 }'],
  ])('is shown with its contents: %s', (value, shown) => {
    expect(inspect(value)).toContain(shown);
  });

  it('is shown with its names if it is a registry', () => {
    const registry = new PolicyRegistry({ maxPolicies: 50 });
    registry.retry('a');
    expect(inspect(registry)).toContain("policies: { retry: [ 'a' ] }");
    expect(JSON.parse(JSON.stringify(registry))).toEqual({
      size: 1,
      maxPolicies: 50,
      policies: { retry: ['a'] },
    });
  });
});

describe('an error of a policy', () => {
  it('is logged with all its data and its cause', () => {
    const open = new CircuitOpenError('The circuit is OPEN', 500, name);
    expect(JSON.parse(JSON.stringify(open))).toEqual({
      name: 'CircuitOpenError',
      message: 'The circuit is OPEN',
      code: 'ERR_CIRCUIT_OPEN',
      policyName: name,
      retryAfter: 500,
    });
    const spent = JSON.parse(JSON.stringify(new RetriesExceededError(3, boom))) as object;
    expect(spent).toMatchObject({ attempts: 3, cause: { name: 'Error', message: 'boom' } });
    expect(() => JSON.stringify(new RetriesExceededError(3, Proxy))).not.toThrow();
  });
});
