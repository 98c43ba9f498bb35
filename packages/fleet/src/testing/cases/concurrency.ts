import { assertEqual } from '../assertions.ts';
import type { StoreCase, StoreHarness } from '../store-harness.ts';
import { Conversation, send } from '../conversation.ts';

const crowd = 50;

/** Concurrent exchanges. */
export const concurrencyCases: readonly StoreCase[] = [
  {
    name: 'grants 50 members that ask at the same time exactly the trial slots of the window',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      await talk.open(0);
      const rule = { calls: 7, closeAt: 7, openAt: 7, concurrent: 7 };
      const replies = await atOnce(harness, (i) => talk.message(`m${i}`, { want: 2, rule }));
      const fences = replies.flatMap(({ granted }) => granted);
      assertEqual(fences.length, 7, 'the number of slots');
      assertEqual(new Set(fences).size, 7, 'the number of different fencing numbers');
      assertEqual(new Set(replies.map(({ version }) => version.epoch)).size, 1, 'epochs');
      const { tally } = await talk.say('late', { want: 1 });
      assertEqual(tally, { rule, successes: 0, failures: 0, outstanding: 7 }, 'the tally');
    },
  },
  {
    name: 'applies one of 50 concurrent proposals',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      await talk.say('a');
      const replies = await atOnce(harness, (i) =>
        talk.message(`m${i}`, {
          propose: { to: 'OPEN', wait: 1000 + i, openings: 1 + i, cause: 'quorum' },
        }),
      );
      const states = new Set(replies.map((reply) => `${reply.state} ${reply.version.epoch}`));
      assertEqual([...states], ['OPEN 1'], 'the states in the replies');
      assertEqual(
        new Set(replies.map(({ openings }) => openings)).size,
        1,
        'proposals carried out',
      );
    },
  },
  {
    name: 'creates one record for 50 members that send the first message at once',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      const replies = await atOnce(harness, (i) => talk.message(`m${i}`));
      assertEqual(new Set(replies.map(({ version }) => version.generation)).size, 1, 'generations');
      const counts = replies.map(({ members }) => members).sort((a, b) => a - b);
      assertEqual(
        counts,
        Array.from({ length: crowd }, (_, i) => i + 1),
        'members in the replies',
      );
    },
  },
  {
    name: 'loses no vote and no outcome of 50 concurrent messages',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      await talk.say('m0', { span: 10_000 });
      await atOnce(harness, (i) =>
        talk.message(`m${i}`, { span: 10_000, open: i % 2 === 0, successes: i, failures: 2 }),
      );
      const { members, votes, successes, failures } = await talk.say('m0', {
        span: 10_000,
        open: true,
        failures: 2,
      });
      assertEqual(
        { members, votes, successes, failures },
        { members: crowd, votes: crowd / 2, successes: (crowd * (crowd - 1)) / 2, failures: 100 },
        'the sum',
      );
    },
  },
];

async function atOnce(harness: StoreHarness, message: (i: number) => Parameters<typeof send>[1]) {
  return Promise.all(
    Array.from({ length: crowd }, (_, i) =>
      send(i % 2 === 0 ? harness.store : harness.peer, message(i)),
    ),
  );
}
