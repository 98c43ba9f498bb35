import fc from 'fast-check';
import { describe, it } from 'vitest';
import type { Weights } from './fleet-steps.ts';
import { runs } from './parameters.ts';
import { play, scenarios } from './scenarios.ts';

const everyFault: Weights = {
  traffic: 14,
  dependency: 4,
  weather: 3,
  cut: 2,
  'cut all': 1,
  pause: 2,
  resume: 2,
  kill: 1,
  restart: 1,
  twin: 1,
  clear: 1,
  copy: 1,
  'fail over': 1,
  deafen: 1,
  lose: 1,
  'step clock': 1,
  command: 1,
};

/** The time between two calls of a process after the faults: its calls may be rare. */
const pause = fc.constantFrom(100, 100, 100, 700, 3000, 9000);

describe('a fleet with every fault at once', { timeout: 300_000 }, () => {
  it('delays and fails no call, agrees within two intervals, recovers, and leaves nothing behind', async () => {
    await fc.assert(
      fc.asyncProperty(scenarios(everyFault), pause, async (given, everyMs) => {
        const world = await play(given);
        world.heal();
        await world.settleStates();
        world.assertAgreement();
        world.command('release');
        await world.traffic({ forMs: 10_000 + 25 * everyMs, everyMs, callMs: 10 });
        world.assertRecovered();
        await world.leave();
      }),
      runs(100),
    );
  });
});

describe('a fleet that leaves while there are faults', { timeout: 300_000 }, () => {
  it('leaves no timer, and lets every breaker work alone', async () => {
    const weights = { ...everyFault, 'cut all': 4, pause: 0, command: 3 };
    await fc.assert(
      fc.asyncProperty(scenarios(weights), async (given) => {
        const world = await play(given);
        for (const { process } of world.nodes) if (process.paused) process.resume();
        await world.leave();
      }),
      runs(60),
    );
  });
});
