import { describe, expect, it } from 'vitest';
import { PolicyRegistry } from '@highway/resilience';
import type { CircuitBreakerPolicy, PolicyRegistryOptions } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import { boom, fail, hold, rejection, succeed } from '../support/calls.ts';
import { collectReports } from '../support/host.ts';

function make(options: PolicyRegistryOptions = {}) {
  const clock = new ManualClock();
  const warnings: string[] = [];
  const registry = new PolicyRegistry({
    maxPolicies: 2,
    clock,
    onWarning: (message) => warnings.push(message),
    circuitBreaker: { cooldown: '1m' },
    ...options,
  });
  return { clock, warnings, registry };
}

describe('a registry that is full', () => {
  it('forgets the least recently used policy', () => {
    const { registry, warnings } = make();
    const [a, b] = [registry.circuitBreaker('a'), registry.circuitBreaker('b')];
    registry.circuitBreaker('a');
    registry.circuitBreaker('c');
    expect(registry.size).toBe(2);
    expect(registry.circuitBreaker('a')).toBe(a);
    expect(registry.circuitBreaker('b')).not.toBe(b);
    expect(warnings).toEqual([]);
  });

  it('counts policies of all kinds together', () => {
    const { registry } = make();
    const retry = registry.retry('a');
    registry.circuitBreaker('a');
    registry.circuitBreaker('b');
    expect(registry.size).toBe(2);
    expect(registry.retry('a')).not.toBe(retry);
  });

  it('holds 1000 policies by default', () => {
    const registry = new PolicyRegistry();
    for (let i = 0; i < 3_000; i++) registry.circuitBreaker(`host:${i}`);
    expect(registry.size).toBe(1_000);
  });

  it('does not forget a circuit while a permit of it is held', () => {
    const { registry } = make({ maxPolicies: 1, circuitBreaker: {} });
    const breaker = registry.circuitBreaker('held');
    const permit = breaker.tryAcquire();
    registry.circuitBreaker('other');
    expect(registry.circuitBreaker('held')).toBe(breaker);
    permit?.success();
    registry.circuitBreaker('other');
    expect(registry.circuitBreaker('held')).not.toBe(breaker);
  });

  it('does not forget an open circuit', () => {
    const { registry } = make();
    const open = registry.circuitBreaker('open');
    open.open();
    for (let i = 0; i < 10; i++) registry.circuitBreaker(`host:${i}`);
    expect(registry.size).toBe(2);
    expect(registry.circuitBreaker('open')).toBe(open);
  });

  it.each<[string, (breaker: CircuitBreakerPolicy) => void]>([
    ['is half-open', (breaker) => breaker.halfOpen()],
    ['is isolated', (breaker) => breaker.isolate()],
    ['is disabled', (breaker) => breaker.disable()],
    ['only collects metrics', (breaker) => breaker.metricsOnly()],
  ])('does not forget a circuit that %s', (_state, control) => {
    const { registry } = make();
    const breaker = registry.circuitBreaker('a');
    control(breaker);
    for (let i = 0; i < 10; i++) registry.circuitBreaker(`host:${i}`);
    expect(registry.circuitBreaker('a')).toBe(breaker);
  });

  it('forgets a half-open circuit, but not one under manual control, if it must', () => {
    const { registry } = make();
    const [a, b] = [registry.circuitBreaker('a'), registry.circuitBreaker('b')];
    a.disable();
    b.halfOpen();
    const c = registry.circuitBreaker('c');
    expect(registry.circuitBreaker('c')).toBe(c);
    expect(registry.circuitBreaker('a')).toBe(a);
  });

  it('does not forget a closed circuit with a running call', async () => {
    for (const listens of [false, true]) {
      const { registry } = make();
      const breaker = registry.circuitBreaker('a');
      if (listens) breaker.on('success', () => {});
      const calls = [hold(breaker), hold(breaker, { signal: new AbortController().signal })];
      registry.circuitBreaker('b');
      registry.circuitBreaker('c');
      expect(registry.circuitBreaker('a')).toBe(breaker);
      await calls[0]!.succeed();
      registry.circuitBreaker('b');
      registry.circuitBreaker('c');
      expect(registry.circuitBreaker('a')).toBe(breaker);
      await calls[1]!.fail();
      registry.circuitBreaker('b');
      registry.circuitBreaker('c');
      expect(registry.circuitBreaker('a')).not.toBe(breaker);
    }
  });

  it('forgets the open circuit whose cooldown ended first if there is nothing else to forget', async () => {
    const { clock, registry, warnings } = make();
    const [a, b] = [registry.circuitBreaker('a'), registry.circuitBreaker('b')];
    a.open();
    b.open();
    await clock.advance('1m');
    registry.circuitBreaker('c');
    expect(registry.circuitBreaker('b')).toBe(b);
    expect(registry.circuitBreaker('a')).not.toBe(a);
    expect(warnings).toEqual([]);
  });

  it('returns a policy that it does not keep if every other is needed, and warns once', async () => {
    const { registry, warnings } = make();
    const [a, b] = [registry.circuitBreaker('a'), registry.circuitBreaker('b')];
    a.open();
    b.open();
    const c = registry.circuitBreaker('c');
    expect(await succeed(c)).toBe('fine');
    expect(c.name).toBe('c');
    expect(registry.circuitBreaker('c')).not.toBe(c);
    expect(registry.size).toBe(2);
    expect(registry.circuitBreaker('a')).toBe(a);
    expect(registry.circuitBreaker('b')).toBe(b);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('2 policies');
    a.close();
    const kept = registry.circuitBreaker('c');
    expect(registry.circuitBreaker('c')).toBe(kept);
  });

  it('works if onWarning throws', async () => {
    const { registry } = make({
      onWarning: () => {
        throw boom;
      },
    });
    registry.circuitBreaker('a').open();
    registry.circuitBreaker('b').open();
    const reports = await collectReports(() => registry.circuitBreaker('c'));
    expect(reports).toEqual([boom]);
  });

  it('keeps a bulkhead while calls run or wait in it', async () => {
    const { registry } = make({ bulkhead: { maxConcurrent: 1, maxQueued: 1 } });
    const bulkhead = registry.bulkhead('a');
    const calls = [hold(bulkhead), hold(bulkhead)];
    for (const call of calls) {
      registry.retry('b');
      registry.retry('c');
      expect(registry.bulkhead('a')).toBe(bulkhead);
      await call.succeed();
    }
    registry.retry('b');
    registry.retry('c');
    expect(registry.bulkhead('a')).not.toBe(bulkhead);
  });

  it('keeps a rate limiter until all its permits are back', async () => {
    const { clock, registry } = make({ rateLimiter: { limit: 2, per: '1s' } });
    const limiter = registry.rateLimiter('a');
    await succeed(limiter);
    await clock.advance(499);
    registry.retry('b');
    registry.retry('c');
    expect(registry.rateLimiter('a')).toBe(limiter);
    await clock.advance(1);
    registry.retry('b');
    registry.retry('c');
    expect(registry.rateLimiter('a')).not.toBe(limiter);
  });

  it('keeps an adaptive limiter while calls run in it', async () => {
    const { registry } = make();
    const limiter = registry.adaptiveLimiter('a');
    const call = hold(limiter);
    registry.retry('b');
    registry.retry('c');
    expect(registry.adaptiveLimiter('a')).toBe(limiter);
    await call.succeed();
    registry.retry('b');
    registry.retry('c');
    expect(registry.adaptiveLimiter('a')).not.toBe(limiter);
  });

  it('keeps a throttler while it rejects calls', async () => {
    const { clock, registry } = make({ adaptiveThrottler: { window: '10s' } });
    const throttler = registry.adaptiveThrottler('a');
    for (let call = 0; call < 50; call++) await fail(throttler);
    registry.retry('b');
    registry.retry('c');
    expect(registry.adaptiveThrottler('a')).toBe(throttler);
    await clock.advance('1m');
    registry.retry('b');
    registry.retry('c');
    expect(registry.adaptiveThrottler('a')).not.toBe(throttler);
  });

  it('forgets other policies even if calls run in them', () => {
    const { registry } = make({
      timeout: { timeout: '1s' },
      fallback: { fallback: 0 },
      hedge: { delay: 1 },
      cache: { ttl: 1 },
    });
    for (const kind of ['retry', 'timeout', 'fallback', 'hedge', 'cache'] as const) {
      const policy = registry[kind]('a');
      hold(policy);
      registry.circuitBreaker('b');
      registry.circuitBreaker('c');
      expect(registry[kind]('a')).not.toBe(policy);
    }
  });

  it('does not affect a forgotten policy that somebody holds', async () => {
    const { registry } = make({ circuitBreaker: { failureThreshold: '1/1' } });
    const breaker = registry.circuitBreaker('a');
    registry.circuitBreaker('b');
    registry.circuitBreaker('c');
    await fail(breaker);
    expect(await rejection(succeed(breaker))).toMatchObject({ code: 'ERR_CIRCUIT_OPEN' });
    expect(registry.circuitBreaker('a').state).toBe('CLOSED');
  });

  it('has at most maxPolicies policies, whatever the number of names, and no timer (resilience4j #1221, opossum #363 #365)', async () => {
    const clock = new ManualClock();
    const rateLimiter = { limit: 1, per: '1s' } as const;
    const warnings: string[] = [];
    const registry = new PolicyRegistry({
      clock,
      maxPolicies: 10,
      rateLimiter,
      onWarning: (message) => warnings.push(message),
    });
    for (let i = 0; i < 500; i++) {
      await succeed(registry.rateLimiter(`host ${i}`));
      await clock.advance('1s');
    }
    expect([registry.size, clock.pendingTimers, warnings]).toEqual([10, 0, []]);
  });
});
