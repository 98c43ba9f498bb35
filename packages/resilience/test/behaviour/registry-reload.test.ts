import { describe, expect, it } from 'vitest';
import { PolicyRegistry } from '@highway/resilience';
import type { PolicyRegistryOptions } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import { fail, hold, play, succeed, thrown } from '../support/calls.ts';
import { collectReports } from '../support/host.ts';

function make(options: PolicyRegistryOptions) {
  const clock = new ManualClock();
  return { clock, registry: new PolicyRegistry({ clock, ...options }) };
}

describe('a reload', () => {
  it('makes policies anew from the new configuration, under their names', () => {
    const { registry } = make({ retry: { maxRetries: 1 } });
    const old = registry.retry('a');
    registry.reload({ retry: { maxRetries: 5 } });
    const young = registry.retry('a');
    expect(young).not.toBe(old);
    expect(young.name).toBe('a');
    expect(young.settings).toMatchObject({ maxRetries: 5 });
    expect(old.settings).toMatchObject({ maxRetries: 1 });
    expect(registry.retry('a')).toBe(young);
    expect(registry.retry('b').settings).toMatchObject({ maxRetries: 5 });
    expect(registry.size).toBe(2);
  });

  it('changes nothing if the configuration is invalid, and throws what a policy would', () => {
    const { registry } = make({ maxPolicies: 3, retry: { maxRetries: 1 } });
    const policies = [registry.retry('a'), registry.retry('b'), registry.circuitBreaker('c')];
    for (const bad of [
      { maxPolicies: 1, circuitBreaker: {}, retry: { maxRetries: -1 } },
      { maxPolicies: 0 },
      { retries: {} },
      null,
    ]) {
      expect(thrown(() => registry.reload(bad as PolicyRegistryOptions))).toBeInstanceOf(Error);
    }
    expect(registry.size).toBe(3);
    expect(registry.retry('a')).toBe(policies[0]);
    expect(registry.retry('b')).toBe(policies[1]);
    expect(registry.circuitBreaker('c')).toBe(policies[2]);
  });

  it('keeps policies whose section is equal, with their budget', () => {
    const config = {
      retry: { maxRetries: 1, backoff: { minDelay: 1, maxDelay: 2 }, budget: { ratio: 0.1 } },
      circuitBreaker: { failureThreshold: ['1/2', { type: 'consecutive', failures: 3 }] },
    } as const;
    const { registry } = make(config);
    const [retry, breaker] = [registry.retry('a'), registry.circuitBreaker('a')];
    registry.reload(JSON.parse(JSON.stringify(config)) as PolicyRegistryOptions);
    expect(registry.retry('a')).toBe(retry);
    expect(registry.circuitBreaker('a')).toBe(breaker);
  });

  it('notices changes inside the object of the earlier configuration', () => {
    const config = { retry: { maxRetries: 1, backoff: { minDelay: 1, maxDelay: 2 } } };
    const { registry } = make(config);
    const old = registry.retry('a');
    config.retry.backoff.maxDelay = 9;
    registry.reload(config);
    expect(registry.retry('a')).not.toBe(old);
    expect(registry.retry('a').settings).toMatchObject({ backoff: { maxDelay: 9 } });
  });

  it('takes another function for a change, and the same one for none', () => {
    const handle = (): boolean => true;
    const { registry } = make({ retry: { handle } });
    const old = registry.retry('a');
    registry.reload({ retry: { handle } });
    expect(registry.retry('a')).toBe(old);
    registry.reload({ retry: { handle: () => true } });
    expect(registry.retry('a')).not.toBe(old);
  });

  it('takes an added or removed option for a change', () => {
    const { registry } = make({ retry: { maxRetries: 3 } });
    const first = registry.retry('a');
    registry.reload({ retry: { maxRetries: 3, handle: () => true } });
    const second = registry.retry('a');
    expect(second).not.toBe(first);
    registry.reload({});
    expect(registry.retry('a')).not.toBe(second);
  });

  it('accepts values that cannot be serialized', () => {
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    const { registry } = make({ fallback: { fallback: circular } });
    const old = registry.fallback('a');
    registry.reload({ fallback: { fallback: circular } });
    expect(registry.fallback('a')).toBe(old);
    const other: Record<string, unknown> = {};
    other['self'] = other;
    registry.reload({ fallback: { fallback: other } });
    expect(registry.fallback('a')).not.toBe(old);
  });

  it('resets what it leaves out to the defaults, except for the clock', async () => {
    const { clock, registry } = make({ maxPolicies: 1, circuitBreaker: { cooldown: '1h' } });
    registry.reload({});
    for (const name of ['a', 'b']) registry.circuitBreaker(name);
    expect(registry.size).toBe(2);
    const breaker = registry.circuitBreaker('a');
    breaker.open();
    await clock.advance('20s');
    expect(breaker.retryAfter).toBe(10_000);
  });

  it('makes every policy anew if the clock is another', async () => {
    const { registry } = make({ cache: { ttl: '1s' } });
    const old = registry.cache('a');
    const clock = new ManualClock();
    registry.reload({ clock, cache: { ttl: '1s' } });
    const cache = registry.cache('a');
    expect(cache).not.toBe(old);
    let calls = 0;
    const call = (): Promise<number> => cache.execute(() => ++calls, { key: 1 });
    await call();
    await clock.advance('1s');
    expect(await call()).toBe(2);
  });

  it('keeps a circuit open, and its window', async () => {
    const { clock, registry } = make({ circuitBreaker: { cooldown: '1m' } });
    registry.circuitBreaker('open').open();
    await fail(registry.circuitBreaker('closed'));
    await clock.advance('20s');
    registry.reload({ circuitBreaker: { cooldown: '1m', failureThreshold: '2/5' } });
    const open = registry.circuitBreaker('open');
    expect(open.state).toBe('OPEN');
    expect(open.retryAfter).toBe(40_000);
    const closed = registry.circuitBreaker('closed');
    expect([...closed.history]).toEqual([false]);
    await fail(closed);
    expect(closed.state).toBe('OPEN');
  });

  it('keeps an isolated circuit as it is until the isolation ends', () => {
    const { registry } = make({ circuitBreaker: { cooldown: '1m' } });
    const breaker = registry.circuitBreaker('a');
    const isolation = breaker.isolate();
    registry.reload({ circuitBreaker: { cooldown: '2m' } });
    expect(registry.circuitBreaker('a')).toBe(breaker);
    isolation[Symbol.dispose]();
    const young = registry.circuitBreaker('a');
    expect(young).not.toBe(breaker);
    expect(young.state).toBe('CLOSED');
  });

  it('lets running calls end in the policy that they started in', async () => {
    const { registry } = make({ bulkhead: { maxConcurrent: 1 } });
    const old = registry.bulkhead('a');
    const call = hold(old);
    registry.reload({ bulkhead: { maxConcurrent: 2 } });
    expect(registry.bulkhead('a').inFlight).toBe(0);
    expect(old.inFlight).toBe(1);
    await call.succeed();
    expect(old.inFlight).toBe(0);
  });

  it('forgets policies above a lower maxPolicies, idle ones first', () => {
    const { registry } = make({ maxPolicies: 4, onWarning: () => {} });
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => registry.circuitBreaker(name));
    a!.open();
    b!.open();
    d!.open();
    registry.reload({ maxPolicies: 2 });
    expect(registry.size).toBe(2);
    expect(registry.circuitBreaker('b')).toBe(b);
    expect(registry.circuitBreaker('d')).toBe(d);
    expect(registry.circuitBreaker('a')).not.toBe(a);
    expect(registry.circuitBreaker('c')).not.toBe(c);
  });

  it('keeps the old policy of a name for which the section is invalid', async () => {
    const { registry } = make({ retry: { maxRetries: 1 } });
    const old = registry.retry('fragile');
    registry.reload({ retry: (name) => ({ maxRetries: name === 'fragile' ? -1 : 2 }) });
    const reports = await collectReports(() => {
      expect(registry.retry('fragile')).toBe(old);
      expect(registry.retry('fragile')).toBe(old);
    });
    expect(reports).toHaveLength(1);
    expect((reports[0] as Error).message).toMatch(/^retry: maxRetries: -1/);
  });

  it('keeps the policies, their state and their names if the configuration is invalid (Polly)', async () => {
    const registry = new PolicyRegistry({ circuitBreaker: { failureThreshold: '2/2' } });
    const breaker = registry.circuitBreaker('a');
    await play(breaker, '0');
    const bad = { circuitBreaker: { failureThreshold: '0/0' } } as PolicyRegistryOptions;
    expect(() => registry.reload(bad)).toThrow('failureThreshold');
    expect(registry.circuitBreaker('a')).toBe(breaker);
    await play(registry.circuitBreaker('a'), '0');
    expect(registry.circuitBreaker('a').state).toBe('OPEN');
  });

  it('keeps names and open circuits (Polly #1555)', () => {
    const registry = new PolicyRegistry({ circuitBreaker: { cooldown: '10s' } });
    registry.circuitBreaker('a').open();
    registry.reload({ circuitBreaker: { cooldown: '20s' } });
    const after = registry.circuitBreaker('a');
    expect([after.name, after.state, registry.size]).toEqual(['a', 'OPEN', 1]);
    expect(after.settings).toMatchObject({ cooldown: 20_000 });
  });

  it('may shrink a bulkhead that is full (resilience4j blocks)', async () => {
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
