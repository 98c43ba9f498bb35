import fc from 'fast-check';
import { describe, it } from 'vitest';
import { quorum } from '@highway/fleet';
import type { Weights } from './fleet-steps.ts';
import { runs } from './parameters.ts';
import { fine } from './network.ts';
import { play, scenarios } from './scenarios.ts';

const world: Weights = { traffic: 14, dependency: 4, pause: 2, resume: 3, restart: 2, twin: 1 };
const only = [quorum('1/2')];

describe('the trial calls of a half-open period', { timeout: 300_000 }, () => {
  it('never exceed the trial window, even if processes die or freeze with slots', async () => {
    await fc.assert(
      fc.asyncProperty(scenarios(world, { only }), async (given) => {
        const played = await play(given, (now) => {
          now.network.weather = { ...fine, slowestMs: 200, doubled: 0.2, noticesLost: 0.3 };
          now.assertTestCalls('nothing is lost');
        });
        played.heal();
        await played.leave();
      }),
      runs(150),
    );
  });

  it('exceed it only by calls that nobody could report, if messages are lost', async () => {
    const weights = { ...world, weather: 4, cut: 2, 'cut all': 1 };
    await fc.assert(
      fc.asyncProperty(scenarios(weights, { only }), async (given) => {
        await play(given, (now) => {
          now.assertTestCalls('messages are lost');
        });
      }),
      runs(150),
    );
  });
});
