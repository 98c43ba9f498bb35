import { describe, expect, it } from 'vitest';
import { PolicyRegistry } from '@highway/resilience';
import type { PolicyRegistryOptions } from '@highway/resilience';
import { ManualClock } from '@highway/resilience/testing';
import { boom, fail, hold, succeed, thrown } from '../support/calls.ts';

/** Counts how often it is read: a registry reads it when it looks at an open circuit. */
class ReadClock extends ManualClock {
  reads = 0;

  override now(): number {
    this.reads++;
    return super.now();
  }
}

function make(options: PolicyRegistryOptions = {}) {
  const clock = new ReadClock();
  const warnings: string[] = [];
  const registry = new PolicyRegistry({
    maxPolicies: 2,
    overflow: 'shared',
    clock,
    onWarning: (message) => warnings.push(message),
    circuitBreaker: { cooldown: '1m', failureThreshold: '2/2' },
    ...options,
  });
  /** Fills it with open circuits. */
  const fill = (): void => {
    const { maxPolicies = 2 } = options;
    for (let i = 0; i < maxPolicies; i++) registry.circuitBreaker(`host:${i}`).open();
  };
  return { clock, warnings, registry, fill };
}

describe('a full registry whose overflow is shared', () => {
  it('gives one policy to all names for which there is no room', async () => {
    const { registry, fill } = make();
    fill();
    const shared = registry.circuitBreaker('c');
    expect(registry.circuitBreaker('d')).toBe(shared);
    expect(shared.name).toBe('(overflow)');
    await fail(registry.circuitBreaker('e'));
    await fail(registry.circuitBreaker('f'));
    expect(registry.circuitBreaker('g').state).toBe('OPEN');
    expect(registry.circuitBreaker('host:0')).not.toBe(shared);
    expect(registry.size).toBe(2);
  });

  it('shares one policy for each kind', () => {
    const { registry, fill } = make({ bulkhead: { maxConcurrent: 3 } });
    fill();
    const bulkhead = registry.bulkhead('c');
    expect(bulkhead.name).toBe('(overflow)');
    expect(registry.bulkhead('d')).toBe(bulkhead);
    expect(registry.retry('c')).toBe(registry.retry('d'));
    expect(registry.circuitBreaker('c').type).toBe('circuitBreaker');
    expect(registry.size).toBe(2);
  });

  it('makes the shared policy from the section, which may be a function of the name', () => {
    const names: string[] = [];
    const { registry, fill } = make({
      retry: (name) => {
        names.push(name);
        return { maxRetries: 7 };
      },
    });
    fill();
    expect(registry.retry('c').settings['maxRetries']).toBe(7);
    registry.retry('d');
    expect(names).toEqual(['(overflow)']);
  });

  it('gives a name a policy of its own once there is room again', () => {
    const { registry, fill } = make();
    fill();
    const shared = registry.circuitBreaker('c');
    registry.circuitBreaker('host:1').close();
    const own = registry.circuitBreaker('c');
    expect(own).not.toBe(shared);
    expect(own.name).toBe('c');
    expect(registry.circuitBreaker('c')).toBe(own);
    expect(registry.circuitBreaker('host:0').state).toBe('OPEN');
  });

  it('forgets idle and cooled policies as without sharing', async () => {
    const { registry, clock, fill } = make();
    fill();
    registry.circuitBreaker('host:1').close();
    expect(registry.circuitBreaker('c').name).toBe('c');
    const running = hold(registry.circuitBreaker('c'));
    expect(registry.circuitBreaker('d').name).toBe('(overflow)');
    await clock.advance('1m');
    expect(registry.circuitBreaker('d').name).toBe('d');
    await running.succeed();
  });

  it('warns once, and says what becomes of further names', () => {
    const { registry, warnings, fill } = make();
    fill();
    registry.circuitBreaker('c');
    registry.circuitBreaker('d');
    expect(warnings).toEqual([
      'PolicyRegistry: all 2 policies are in use, so circuitBreaker "c" and further ones share one policy, (overflow); raise maxPolicies',
    ]);
  });

  it('returns the shared policy for its own name, without a warning', () => {
    const { registry, warnings, fill } = make();
    const shared = registry.circuitBreaker('(overflow)');
    expect(registry.size).toBe(0);
    fill();
    expect(warnings).toEqual([]);
    expect(registry.circuitBreaker('c')).toBe(shared);
  });

  it('creates the shared policy again if a reload changes its section, with its state', async () => {
    const { registry, fill } = make();
    fill();
    const old = registry.circuitBreaker('c');
    old.open();
    const options = { maxPolicies: 2, overflow: 'shared' } as const;
    registry.reload({ ...options, circuitBreaker: { cooldown: '2m' } });
    const shared = registry.circuitBreaker('d');
    expect(shared).not.toBe(old);
    expect([shared.name, shared.state, shared.settings['cooldown']]).toEqual([
      '(overflow)',
      'OPEN',
      120_000,
    ]);
  });

  it('shares nothing any more after a reload without the option', async () => {
    const { registry, fill } = make();
    fill();
    const shared = registry.circuitBreaker('c');
    registry.reload({ maxPolicies: 2, circuitBreaker: { cooldown: '1m' } });
    registry.circuitBreaker('host:0').open();
    registry.circuitBreaker('host:1').open();
    const own = registry.circuitBreaker('c');
    expect(own.name).toBe('c');
    expect(await succeed(own)).toBe('fine');
    expect(registry.circuitBreaker('c')).not.toBe(own);
    expect(shared.name).toBe('(overflow)');
    expect([...registry.policies('circuitBreaker').keys()]).toEqual(['host:0', 'host:1']);
  });

  it('forgets nothing if the options for a new name are invalid', () => {
    const { registry } = make({
      retry: (name) => ({ maxRetries: name === 'bad' ? -1 : 1 }),
    });
    const a = registry.retry('a');
    registry.retry('b');
    expect(thrown(() => registry.retry('bad'))).toMatchObject({ name: 'RangeError' });
    expect(registry.retry('a')).toBe(a);
  });

  it('looks at a bounded number of policies for each name, even if all are in use', () => {
    const { registry, clock, fill } = make({ maxPolicies: 2_000 });
    fill();
    // It may look at as many as were asked for, once.
    for (let i = 0; i < 5; i++) registry.circuitBreaker(`new:${i}`);
    for (let i = 5; i < 500; i++) {
      const before = clock.reads;
      expect(registry.circuitBreaker(`new:${i}`).name).toBe('(overflow)');
      expect(clock.reads - before).toBeLessThanOrEqual(16);
    }
  });
});

describe('the option overflow of a registry', () => {
  it('must be "shared"', () => {
    for (const overflow of ['share', true, null, '']) {
      const create = (): unknown => new PolicyRegistry({ overflow: overflow as never });
      expect(thrown(create)).toMatchObject({
        message: expect.stringMatching(/^overflow: .* is invalid; expected "shared"$/) as unknown,
      });
    }
    expect(new PolicyRegistry({ overflow: undefined }).size).toBe(0);
  });

  it('lets new names have policies that are not kept by default, in constant time', () => {
    const { registry, clock, fill } = make({ maxPolicies: 2_000, overflow: undefined });
    fill();
    for (let i = 0; i < 5; i++) registry.circuitBreaker(`new:${i}`);
    const one = registry.circuitBreaker('one');
    const before = clock.reads;
    expect(registry.circuitBreaker('one')).not.toBe(one);
    expect(clock.reads - before).toBeLessThanOrEqual(20);
  });
});

describe('registry.policies()', () => {
  it('lists the policies of a kind that are kept, by name', () => {
    const { registry } = make({ maxPolicies: 5 });
    const [a, b] = [registry.circuitBreaker('a'), registry.circuitBreaker('b')];
    registry.retry('r');
    expect([...registry.policies('circuitBreaker')]).toEqual([
      ['a', a],
      ['b', b],
    ]);
    expect(registry.policies('retry').get('r')).toBe(registry.retry('r'));
    expect(registry.policies('cache').size).toBe(0);
  });

  it('lists the shared policy under its name', () => {
    const { registry, fill } = make();
    fill();
    const shared = registry.circuitBreaker('c');
    const listed = registry.policies('circuitBreaker');
    expect([...listed.keys()]).toEqual(['host:0', 'host:1', '(overflow)']);
    expect(listed.get('(overflow)')).toBe(shared);
    expect(registry.size).toBe(2);
  });

  it('returns a copy, and does not count as asking for the policies', () => {
    const { registry } = make();
    const a = registry.circuitBreaker('a');
    registry.circuitBreaker('b');
    const listed = registry.policies('circuitBreaker');
    registry.circuitBreaker('c');
    expect(listed.get('a')).toBe(a);
    expect(registry.policies('circuitBreaker').has('a')).toBe(false);
    listed.clear();
    expect(registry.size).toBe(2);
  });

  it('throws for a kind that does not exist', () => {
    const { registry } = make();
    expect(thrown(() => registry.policies('breaker' as never))).toMatchObject({
      message: expect.stringMatching(
        /^kind: "breaker" is invalid; expected one of circui/,
      ) as unknown,
    });
  });
});

describe('a reload that leaves less room', () => {
  it('forgets idle policies first, then cooled ones, of each the least recently used', async () => {
    const { registry, clock } = make({ maxPolicies: 6, overflow: undefined });
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) registry.circuitBreaker(name);
    registry.circuitBreaker('a').open();
    registry.circuitBreaker('b').open();
    await clock.advance('1m');
    registry.circuitBreaker('c').open();
    await fail(registry.circuitBreaker('d'), boom);
    const circuitBreaker = { cooldown: '1m', failureThreshold: '2/2' } as const;
    registry.reload({ maxPolicies: 2, circuitBreaker });
    expect([...registry.policies('circuitBreaker').keys()]).toEqual(['b', 'c']);
  });
});
