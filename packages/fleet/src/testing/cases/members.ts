import { assertEqual, assertThat } from '../assertions.ts';
import type { StoreCase, StoreHarness } from '../store-harness.ts';
import { Talk } from '../talk.ts';

/** Who lives, and who has voted. */
export const memberCases: readonly StoreCase[] = [
  {
    name: 'begins a circuit that nobody spoke of closed, at epoch 0 of a life of its own',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Talk.begin(harness);
      const { version, ...reply } = await talk.say('a');
      assertThat(version.generation !== '', 'the generation is empty');
      assertEqual(
        { epoch: version.epoch, ...reply },
        {
          epoch: 0,
          circuit: talk.circuit,
          state: 'CLOSED',
          cause: 'none',
          remaining: 0,
          openings: 0,
          members: 1,
          votes: 0,
          successes: 0,
          failures: 0,
          granted: [],
        },
        'the first reply',
      );
      assertEqual((await talk.say('b')).version, version, 'the version in the second reply');
      const other = await Talk.begin(harness, 'search');
      assertEqual((await other.say('a')).version.epoch, 0, 'the epoch of another circuit');
    },
  },
  {
    name: 'counts members until their time to live is over, and from the store’s clock',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Talk.begin(harness);
      await talk.say('a', { ttl: 500 });
      assertEqual((await talk.say('b', { ttl: 2000 })).members, 2, 'members');
      await talk.pass(499);
      assertEqual((await talk.say('b', { ttl: 2000 })).members, 2, 'members 1 ms before');
      await talk.pass(1);
      assertEqual((await talk.say('b', { ttl: 2000 })).members, 1, 'members at the end');
    },
  },
  {
    name: 'lets a member live on that speaks again',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Talk.begin(harness);
      await talk.say('a', { ttl: 500 });
      await talk.pass(400);
      await talk.say('a', { ttl: 500 });
      await talk.pass(400);
      assertEqual((await talk.say('b')).members, 2, 'members');
    },
  },
  {
    name: 'forgets a member that takes leave, and its vote, at once',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Talk.begin(harness);
      await talk.say('a');
      await talk.say('a', { open: true });
      const { members, votes } = await talk.say('a', { open: true, ttl: 0 });
      assertEqual({ members, votes }, { members: 0, votes: 0 }, 'the reply to the farewell');
      assertEqual((await talk.say('b')).members, 1, 'members');
    },
  },
  {
    name: 'takes no operator for a member',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Talk.begin(harness);
      await talk.say('a');
      const { members, votes } = await talk.say('', { open: true, ttl: 3000 });
      assertEqual({ members, votes }, { members: 1, votes: 0 }, 'members and votes');
    },
  },
  {
    name: 'counts a vote once however often it is told, and no more when it is taken back',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Talk.begin(harness);
      await talk.say('a');
      await talk.say('a', { open: true });
      assertEqual((await talk.say('a', { open: true })).votes, 1, 'votes of one member');
      assertEqual((await talk.say('b', { open: true })).votes, 2, 'votes of two');
      assertEqual(
        (await talk.say('a', { open: false })).votes,
        1,
        'votes after one was taken back',
      );
    },
  },
  {
    name: 'does not count the votes of members that died',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Talk.begin(harness);
      await talk.say('b', { ttl: 5000 });
      await talk.say('a', { open: true, ttl: 500 });
      await talk.pass(500);
      assertEqual((await talk.say('b', { ttl: 5000 })).votes, 0, 'votes');
      const stale = { generation: 'stale', epoch: 0 };
      const { votes } = await talk.say('a', { open: true, version: stale });
      assertEqual(votes, 0, 'votes after it came back with a version that has passed');
    },
  },
  {
    name: 'leaves a vote as it is when its member speaks of another version',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Talk.begin(harness);
      await talk.say('a');
      await talk.say('a', { open: true });
      const { generation } = talk.version;
      const other = { version: { generation, epoch: 7 }, open: false };
      assertEqual((await talk.say('a', other)).votes, 1, 'votes after another epoch');
      const unknown = { version: { generation: '', epoch: 0 } };
      assertEqual((await talk.say('a', unknown)).votes, 1, 'votes after no version');
      assertEqual((await talk.say('b', { ...unknown, open: true })).votes, 1, 'votes of a new one');
    },
  },
  {
    name: 'ends votes with the state they are about, and takes none while it is not closed',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Talk.begin(harness);
      await talk.say('a');
      await talk.say('a', { open: true });
      assertEqual((await talk.open()).votes, 0, 'votes after the circuit opened');
      assertEqual((await talk.say('a', { open: true })).votes, 0, 'votes while it is open');
      await talk.command('reset');
      assertEqual((await talk.say('b')).votes, 0, 'votes after it closed');
    },
  },
];
