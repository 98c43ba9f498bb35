import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { CircuitBreakerPolicy, observe, policies, RetryPolicy } from '@highway/resilience';
import { settle } from '@highway/resilience/testing';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Collects garbage until the policies of that name are gone, or gives up. */
async function countAfterCollection(name: string): Promise<number> {
  let left = Infinity;
  for (let round = 0; round < 20 && left > 0; round++) {
    // What a weak reference gave stays alive until the turn has ended.
    await settle();
    collect();
    await settle();
    left = policies().filter((policy) => policy.name === name).length;
  }
  return left;
}

describe('named policies', () => {
  it('are held weakly: those that nobody else holds are forgotten (opossum #363 #365)', async () => {
    for (let i = 0; i < 1000; i++) new CircuitBreakerPolicy({ name: 'dropped' });
    expect(policies().filter(({ name }) => name === 'dropped').length).toBeGreaterThan(0);
    expect(await countAfterCollection('dropped')).toBe(0);
  });

  it('are forgotten even while the process is observed', async () => {
    const stop = observe(() => {});
    for (let i = 0; i < 100; i++) new RetryPolicy({ name: 'observed and dropped' });
    expect(await countAfterCollection('observed and dropped')).toBe(0);
    stop();
  });

  it('stay as long as somebody holds them', async () => {
    const held = new CircuitBreakerPolicy({ name: 'held' });
    await countAfterCollection('none');
    expect(policies()).toContain(held);
    expect(held.state).toBe('CLOSED');
  });
});
