import { assertEqual, assertThat } from '../assertions.ts';
import type { StoreCase, StoreHarness } from '../store-harness.ts';
import { Conversation } from '../conversation.ts';

/** Members and votes. */
export const memberCases: readonly StoreCase[] = [
  {
    name: 'starts a new circuit closed, at epoch 0 of its own generation',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      const { version, stamp, ...reply } = await talk.say('a');
      assertThat(stamp === undefined || Number.isSafeInteger(stamp), 'the stamp is no integer');
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
      const other = await Conversation.begin(harness, 'search');
      assertEqual((await other.say('a')).version.epoch, 0, 'the epoch of another circuit');
    },
  },
  {
    name: 'counts members until their time to live ends by the store’s clock',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      await talk.say('a', { ttl: 500 });
      assertEqual((await talk.say('b', { ttl: 2000 })).members, 2, 'members');
      await talk.pass(499);
      assertEqual((await talk.say('b', { ttl: 2000 })).members, 2, 'members 1 ms before');
      await talk.pass(1);
      assertEqual((await talk.say('b', { ttl: 2000 })).members, 1, 'members at the end');
    },
  },
  {
    name: 'keeps a member alive that sends another message',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      await talk.say('a', { ttl: 500 });
      await talk.pass(400);
      await talk.say('a', { ttl: 500 });
      await talk.pass(400);
      assertEqual((await talk.say('b')).members, 2, 'members');
    },
  },
  {
    name: 'removes a member that leaves, and its vote, at once',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      await talk.say('a');
      await talk.say('a', { open: true });
      const { members, votes } = await talk.say('a', { open: true, ttl: 0 });
      assertEqual(
        { members, votes },
        { members: 0, votes: 0 },
        'the reply to the member that leaves',
      );
      assertEqual((await talk.say('b')).members, 1, 'members');
    },
  },
  {
    name: 'does not count an operator as a member',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      await talk.say('a');
      const { members, votes } = await talk.say('', { open: true, ttl: 3000 });
      assertEqual({ members, votes }, { members: 1, votes: 0 }, 'members and votes');
    },
  },
  {
    name: 'counts a vote once, however often it is sent, until it is withdrawn',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
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
    name: 'does not count the votes of members that expired',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      await talk.say('b', { ttl: 5000 });
      await talk.say('a', { open: true, ttl: 500 });
      await talk.pass(500);
      assertEqual((await talk.say('b', { ttl: 5000 })).votes, 0, 'votes');
      const stale = { generation: 'stale', epoch: 0 };
      const { votes } = await talk.say('a', { open: true, version: stale });
      assertEqual(votes, 0, 'votes after it returned with an outdated version');
    },
  },
  {
    name: 'keeps a vote when its member’s message is about another version',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
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
    name: 'drops votes with the state that they are about, and accepts none unless closed',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      await talk.say('a');
      await talk.say('a', { open: true });
      assertEqual((await talk.open()).votes, 0, 'votes after the circuit opened');
      assertEqual((await talk.say('a', { open: true })).votes, 0, 'votes while it is open');
      await talk.command('reset');
      assertEqual((await talk.say('b')).votes, 0, 'votes after it closed');
    },
  },
];
