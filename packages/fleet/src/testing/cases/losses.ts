import { seededRandom } from '@highway/resilience/testing';
import { assertEqual, assertThat, eventually } from '../assertions.ts';
import { RandomMember } from '../random-member.ts';
import type { StoreCase, StoreHarness } from '../store-harness.ts';
import { Conversation, send } from '../conversation.ts';

/** A store that loses parts of its data forgets them; it never fails, and invents nothing. */
export const lossCases: readonly StoreCase[] = [
  {
    name: 'forgets only the lost parts, whichever they are, and continues',
    needs: 'lose',
    async run(harness: StoreHarness): Promise<void> {
      for (let which = 1; which < 2 ** partsOf(harness); which++) await loseVotes(harness, which);
    },
  },
  {
    name: 'counts no trial call twice and grants no trial slot twice, whatever it has lost',
    needs: 'lose',
    async run(harness: StoreHarness): Promise<void> {
      for (let which = 1; which < 2 ** partsOf(harness); which++) await loseTest(harness, which);
    },
  },
  {
    name: 'lists every circuit again after its next messages, whatever it has lost',
    needs: 'lose',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness, 'listed');
      await talk.say('a');
      for (let part = 0; part < partsOf(harness); part++) {
        await harness.lose?.(talk.circuit, 2 ** part);
        let memberIds: readonly string[] | undefined;
        await eventually(
          async () => {
            await talk.say('a');
            const views = await harness.store.view();
            memberIds = views.find(({ circuit }) => circuit === talk.circuit)?.memberIds;
            return memberIds?.[0] === 'a';
          },
          () => `a view with the member; there was ${JSON.stringify(memberIds)}`,
        );
      }
    },
  },
  {
    name: 'answers random members while it loses parts again and again',
    needs: 'lose',
    async run(harness: StoreHarness): Promise<void> {
      for (let seed = 1; seed <= 3; seed++) await loseAtRandom(harness, seed);
    },
  },
];

function partsOf({ parts = 0 }: StoreHarness): number {
  return parts;
}

/** Two of three members have voted and reported outcomes. */
async function loseVotes(harness: StoreHarness, which: number): Promise<void> {
  const talk = await Conversation.begin(harness, `votes ${which}`);
  const what = `after the parts ${which.toString(2)} were lost, the`;
  const report = { span: 10_000, successes: 4, failures: 6 };
  const later = { ...report, ackedSuccesses: 4, ackedFailures: 6 };
  for (const member of ['a', 'b', 'c']) await talk.say(member);
  const { version: before } = await talk.say('a', { ...report, open: true });
  await talk.say('b', { open: true });
  await harness.lose?.(talk.circuit, which);
  const reply = await talk.say('a', { ...later, open: true });
  assertThat(reply.votes <= reply.members, `${what} votes are more than the members`);
  const { generation, epoch } = reply.version;
  assertThat(generation !== before.generation || epoch === before.epoch, `${what} epoch changed`);
  // The member's acknowledged totals keep outcomes from counting again.
  assertThat(reply.successes <= 4 && reply.failures <= 6, `${what} outcomes were counted twice`);
  await talk.say('a', { ...later, open: true });
  await talk.say('b', { open: true });
  const { votes, members } = await talk.say('c');
  assertEqual({ votes, members }, { votes: 2, members: 3 }, `${what} votes and members`);
  assertEqual((await talk.open()).state, 'OPEN', `${what} state`);
}

/** A member holds two slots and has used one. */
async function loseTest(harness: StoreHarness, which: number): Promise<void> {
  const talk = await Conversation.begin(harness, `test ${which}`);
  const what = `after the parts ${which.toString(2)} were lost, the`;
  const [first = 0, second = 0] = await talk.startTrials('a', { want: 2 });
  const { generation } = (await talk.say('a', { begun: [first] })).version;
  await harness.lose?.(talk.circuit, which);
  const settled = [{ fence: first, outcome: 'success' }] as const;
  await talk.say('a', { settled });
  const reply = await talk.say('a', { settled, want: 2 });
  if (reply.version.generation !== generation) return;
  assertEqual(reply.state, 'HALF_OPEN', `${what} state`);
  assertThat((reply.tally?.successes ?? 0) <= 1, `${what} success was counted twice`);
  const old = reply.granted.filter((fence) => fence <= second);
  assertEqual(old, [], `${what} slots that were granted again`);
}

async function loseAtRandom(harness: StoreHarness, seed: number): Promise<void> {
  const random = seededRandom(seed);
  const talk = await Conversation.begin(harness, `random ${seed}`);
  await talk.say('a');
  const members = ['a', 'b', 'c'].map((id) => new RandomMember(talk.circuit, id, random));
  const fences = new Map<string, number>();
  for (let i = 0; i < 150; i++) {
    await talk.pass(Math.floor(random() * 300));
    if (random() < 0.2) {
      await harness.lose?.(talk.circuit, Math.floor(random() * 2 ** partsOf(harness)));
    }
    const member = members[Math.floor(random() * members.length)]!;
    const reply = await send(harness.store, member.nextMessage());
    assertThat(reply.votes <= reply.members, `seed ${seed}: more votes than members`);
    const { generation } = reply.version;
    for (const fence of reply.granted) {
      assertThat(
        fence > (fences.get(generation) ?? 0),
        `seed ${seed}: a fencing number was granted twice`,
      );
      fences.set(generation, fence);
    }
    member.receive(reply);
  }
}
