import { describe, expect, it } from 'vitest';
import { PolicyRegistry } from '@highway/resilience';
import type { PolicyRegistryOptions } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import { hold, play, succeed } from '../support/calls.ts';

describe('a registry', () => {
  it('is bounded, whatever the number of names (resilience4j #1221, opossum #363 #365)', async () => {
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

  it('keeps what a shared configuration says for every policy (resilience4j #2344)', () => {
    const clock = new ManualClock();
    const registry = new PolicyRegistry({
      clock,
      circuitBreaker: { cooldown: '7s', failureThreshold: '2/4', maxConcurrentTrials: 2 },
      hedge: { delay: '3s', maxHedges: 4 },
    });
    expect(registry.circuitBreaker('a').settings).toMatchObject({
      cooldown: 7_000,
      maxConcurrentTrials: 2,
    });
    expect(registry.hedge('b').settings).toMatchObject({ delay: 3_000, maxHedges: 4 });
  });

  it('keeps its policies, their state and their names where a new configuration is bad (Polly)', async () => {
    const registry = new PolicyRegistry({ circuitBreaker: { failureThreshold: '2/2' } });
    const breaker = registry.circuitBreaker('a');
    await play(breaker, '0');
    const bad = { circuitBreaker: { failureThreshold: '0/0' } } as PolicyRegistryOptions;
    expect(() => registry.reload(bad)).toThrow('failureThreshold');
    expect(registry.circuitBreaker('a')).toBe(breaker);
    await play(registry.circuitBreaker('a'), '0');
    expect(registry.circuitBreaker('a').state).toBe('OPEN');
  });

  it('keeps names and open circuits over a reload (Polly #1555)', () => {
    const registry = new PolicyRegistry({ circuitBreaker: { cooldown: '10s' } });
    registry.circuitBreaker('a').open();
    registry.reload({ circuitBreaker: { cooldown: '20s' } });
    const after = registry.circuitBreaker('a');
    expect([after.name, after.state, registry.size]).toEqual(['a', 'OPEN', 1]);
    expect(after.settings).toMatchObject({ cooldown: 20_000 });
  });

  it('settles where its configuration refers to itself (resilience4j #2190)', () => {
    const circular: Record<string, unknown> = { cooldown: '1s' };
    circular['failureThreshold'] = [circular];
    const make = (): unknown => new PolicyRegistry({ circuitBreaker: circular });
    expect(make).toThrow('failureThreshold');
    const registry: PolicyRegistry = new PolicyRegistry({
      circuitBreaker: (name) => {
        if (name === 'outer') registry.circuitBreaker('inner');
        return {};
      },
    });
    expect([registry.circuitBreaker('outer').name, registry.size]).toEqual(['outer', 2]);
  });

  it('takes a bulkhead that is made smaller while it is full (resilience4j blocks)', async () => {
    const registry = new PolicyRegistry({ bulkhead: { maxConcurrent: 2, maxQueued: 1 } });
    const bulkhead = registry.bulkhead('a');
    const running = [hold(bulkhead), hold(bulkhead)];
    const waiting = hold(bulkhead);
    registry.reload({ bulkhead: { maxConcurrent: 1, maxQueued: 1 } });
    expect(registry.bulkhead('a').settings).toMatchObject({ maxConcurrent: 1 });
    for (const call of running) await call.succeed();
    expect(waiting.ran).toBe(true);
    await waiting.succeed();
    expect(await succeed(registry.bulkhead('a'))).toBe('fine');
  });
});
