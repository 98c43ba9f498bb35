import { describe, expect, it } from 'vitest';
import { systemClock } from '@highway/resilience';
import { MemoryStore } from '@highway/fleet/memory';
import { storeContract } from '@highway/fleet/testing';
import type { StoreHarness } from '@highway/fleet/testing';

function makeHarness(): StoreHarness {
  let time = 0;
  const store = new MemoryStore({ clock: { ...systemClock, now: () => time } });
  return {
    store,
    peer: store,
    setTime: (ms) => {
      time = ms;
    },
    reset: async () => {
      store.clear();
    },
  };
}

describe('MemoryStore', () => {
  // Nobody can damage its data, and it loses nothing.
  const cases = storeContract.filter(({ needs }) => needs !== 'damage' && needs !== 'lose');

  it.each(cases)('$name', async ({ run }) => {
    await expect(run(makeHarness())).resolves.toBeUndefined();
  });

  it.each([
    [{ clok: systemClock }, /^MemoryStore: unknown option "clok"; known options are clock/],
    [{ clock: { now: () => 0 } }, /^clock: .* is invalid; expected an object with now/],
    [null, /^MemoryStore: options must be an object, got null/],
  ])('rejects the options %j by name', (options, message) => {
    expect(() => new MemoryStore(options as never)).toThrow(message);
  });
});
