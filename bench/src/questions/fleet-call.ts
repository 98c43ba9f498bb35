import { RedisOnEachCall } from '../fleet/redis-on-each-call.ts';
import { attachedBreaker, localBreaker, startFleet } from '../fleet/start-fleet.ts';
import type { StartedFleet } from '../fleet/start-fleet.ts';
import { ofPeer } from '../subject.ts';
import type { TimedQuestion } from '../subject.ts';
import { bare, highway } from './subjects.ts';

let started: Promise<StartedFleet> | undefined;

/** One Redis for all subjects, started when the first needs it. */
function fleet(): Promise<StartedFleet> {
  started ??= startFleet();
  return started;
}

/** Ends the fleet. It must have been in step with its store to the end. */
async function end(): Promise<void> {
  await using last = await fleet();
  if (last.fleet.status !== 'connected') throw new Error('The fleet has lost its Redis');
}

/**
 * The subject that asks Redis on each call lets the fleet's own work run in every round: the others
 * never give way to it, since nothing in their calls waits.
 */
export const fleetCall: TimedQuestion = {
  name: 'fleet-call',
  asks: 'What does a shared circuit cost a call that succeeds?',
  peer: 'local breaker',
  subjects: [
    bare(),
    highway('local breaker', () => localBreaker('local')),
    highway(
      'in a fleet',
      async () => attachedBreaker((await fleet()).fleet, 'shared'),
      ofPeer(1.05),
    ),
    // The same as the first, in another place: how much of a difference is the measuring's.
    highway('local breaker again', () => localBreaker('other')),
    {
      name: 'Redis on each call',
      library: 'by hand',
      code: 'policy.execute(fn)',
      setup: async ({ succeed }) => ({
        policy: new RedisOnEachCall((await fleet()).client, 'by-hand'),
        fn: succeed,
      }),
    },
  ],
  end,
};
