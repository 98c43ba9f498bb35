import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { World } from './composition-world.ts';
import { calls, links } from './composition-plans.ts';
import { runs } from './parameters.ts';

describe('policies in one chain', { timeout: 240_000 }, () => {
  it('behave as if each were in the function of the one before it', async () => {
    await fc.assert(
      fc.asyncProperty(links, calls, fc.boolean(), async (chain, plans, observed) => {
        const fused = new World(chain, 'fused', observed);
        const nested = new World(chain, 'nested', observed);
        await fused.run(plans);
        await nested.run(plans);
        expect(fused.calls).toEqual(nested.calls);
        expect(fused.events).toEqual(nested.events);
        expect(fused.remains()).toEqual(nested.remains());
      }),
      runs(600),
    );
  });

  it('behave alike whether or not somebody listens to their events', async () => {
    await fc.assert(
      fc.asyncProperty(links, calls, async (chain, plans) => {
        const heard = new World(chain, 'fused', true);
        const unheard = new World(chain, 'fused', false);
        await heard.run(plans);
        await unheard.run(plans);
        expect(unheard.calls).toEqual(heard.calls);
        expect(unheard.remains()).toEqual(heard.remains());
      }),
      runs(600),
    );
  });

  it('have released all slots, timers and listeners when all calls are over', async () => {
    await fc.assert(
      fc.asyncProperty(links, calls, async (chain, plans) => {
        const world = new World(chain, 'fused', false);
        await world.run(plans);
        const left = world.remains();
        expect(left[0]).toBe('timers 0');
        for (const each of left) expect(each).not.toMatch(/^(listeners|held|queued) .*[1-9]/);
        const ends = Object.values(world.calls).flat();
        expect(ends.filter((line) => /gives|throws/.test(line))).toHaveLength(plans.length);
      }),
      runs(600),
    );
  });
});
