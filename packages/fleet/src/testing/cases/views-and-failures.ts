import { answersFrom } from '../../support/damaged-circuits.ts';
import type { CircuitView, FleetStore } from '../../store.ts';
import { StoreContractError, assertEqual, assertRejects } from '../assertions.ts';
import type { StoreCase, StoreHarness } from '../store-harness.ts';
import { Conversation } from '../conversation.ts';

/** Views for operators. */
export const viewCases: readonly StoreCase[] = [
  {
    name: 'shows no circuits before the first message',
    async run({ store }: StoreHarness): Promise<void> {
      assertEqual(await store.view(), [], 'the view');
    },
  },
  {
    name: 'shows each circuit with its live members, its votes and all its outcomes',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      await talk.say('a', { span: 1000, successes: 4, ttl: 60_000 });
      await talk.say('b', { open: true, span: 1000, failures: 3, ttl: 500 });
      await talk.say('c', { open: true });
      const { version } = talk;
      const view = { circuit: talk.circuit, version, state: 'CLOSED', cause: 'none' };
      const counts = { remaining: 0, openings: 0, successes: 4, failures: 3 };
      const all = { ...view, ...counts, members: 3, votes: 2, memberIds: ['a', 'b', 'c'] };
      assertEqual(await viewOf(harness.peer, talk.circuit), all, 'the view');
      await talk.pass(500);
      const later = { ...all, members: 2, votes: 1, memberIds: ['a', 'c'] };
      assertEqual(
        await viewOf(harness.peer, talk.circuit),
        later,
        'the view after one has expired',
      );
      await talk.command('isolate');
      const { state, cause, votes } = await viewOf(harness.store, talk.circuit);
      assertEqual([state, cause, votes], ['ISOLATED', 'isolate', 0], 'the isolated circuit');
    },
  },
  {
    name: 'shows the wait of an open circuit and the tally of a half-open one, and changes neither',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      await talk.open(800, 2);
      await talk.pass(300);
      const open = await viewOf(harness.store, talk.circuit);
      assertEqual([open.remaining, open.openings, open.tally], [500, 2, undefined], 'the view');
      await talk.pass(900);
      const over = await viewOf(harness.store, talk.circuit);
      assertEqual([over.state, over.remaining], ['OPEN', 0], 'the view when the wait is over');
      const { tally } = await talk.say('a', { want: 2, leaseTime: 1000 });
      assertEqual((await viewOf(harness.store, talk.circuit)).tally, tally, 'the tally');
      await talk.pass(2000);
      const expired = await viewOf(harness.store, talk.circuit);
      assertEqual(expired.tally?.outstanding, 2, 'slots that have not been taken back yet');
      assertEqual((await talk.say('a')).tally?.outstanding, 0, 'slots after the next exchange');
    },
  },
];

/** Failures of a store. */
export const failureCases: readonly StoreCase[] = [
  {
    name: 'starts a new generation of each circuit after it has lost everything',
    needs: 'reset',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      const { version } = await talk.open();
      await harness.reset?.();
      assertEqual(await harness.store.view(), [], 'the view');
      const propose = { to: 'CLOSED', wait: 0, openings: 0, cause: 'trials' } as const;
      const reply = await talk.say('a', { version, propose, open: true });
      const { state, votes, members } = reply;
      assertEqual(
        { state, votes, members },
        { state: 'CLOSED', votes: 0, members: 1 },
        'the reply',
      );
      assertEqual(reply.version.epoch, 0, 'the epoch');
      assertEqual(
        reply.version.generation === version.generation,
        false,
        'whether the generation is the same',
      );
      // The list of circuits is lost too; the next message restores it.
      await talk.say('a');
      assertEqual((await viewOf(harness.store, talk.circuit)).memberIds, ['a'], 'the members');
      assertEqual((await talk.open()).version.epoch, 1, 'the next epoch');
    },
  },
  {
    name: 'rejects with an error for a circuit whose stored state is damaged, and answers the others',
    needs: 'damage',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      const sound = await Conversation.begin(harness, 'sound');
      await talk.say('a');
      await sound.say('a');
      await harness.damage?.(talk.circuit);
      for (const message of [talk.message('a'), talk.message('b', { open: true, want: 1 })]) {
        await assertRejects(harness.store.exchange([message]), 'an exchange about damaged state');
      }
      await assertRejects(harness.store.view(), 'the view of damaged state');
      const both = [talk.message('a'), sound.message('a')];
      const replies = await answersFrom(harness.store.exchange(both));
      assertEqual(
        replies.map(aboutWhat),
        [`no ${talk.circuit}`, 'sound'],
        'the replies about both',
      );
      const views = await answersFrom(harness.store.view());
      const shown = views.map(aboutWhat).sort();
      assertEqual(shown, [`no ${talk.circuit}`, 'sound'], 'the view of both');
      assertEqual((await sound.say('b')).members, 2, 'members of a circuit that is sound');
    },
  },
];

/** The circuit that an answer is about, or that has no answer. */
function aboutWhat(answer: unknown): string {
  const { circuit } = Object(answer) as { readonly circuit?: unknown };
  return answer instanceof Error ? `no ${String(circuit)}` : String(circuit);
}

async function viewOf(store: FleetStore, circuit: string): Promise<CircuitView> {
  const view = (await store.view()).find((one) => one.circuit === circuit);
  if (view === undefined) throw new StoreContractError(`the view does not show "${circuit}"`);
  return { ...view, memberIds: [...view.memberIds].sort() };
}
