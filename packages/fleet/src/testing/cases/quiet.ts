import type { CircuitMessage } from '../../store.ts';
import { assertEqual, assertThat } from '../assertions.ts';
import { Conversation, plainMessage } from '../conversation.ts';
import type { StoreCase, StoreHarness } from '../store-harness.ts';

const needs = 'quiet';
/** Members that keep quiet for a minute. */
const long = { ttl: 1000, quietTtl: 60_000 };

/** Messages of nodes that have nothing to say. */
export const quietCases: readonly StoreCase[] = [
  {
    name: 'answers a quiet message by `unchanged`, and merges nothing of it',
    needs,
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      const span = 10_000;
      await talk.say('a', { span });
      await hear(harness, 'b');
      const told = { span, failures: 7, open: true, want: 2 };
      const propose = { to: 'OPEN', wait: 0, openings: 1, cause: 'quorum' } as const;
      for (const report of [{}, told, { propose }, { command: 'isolate' } as const]) {
        await expectUnchanged(talk, 'a', report);
        await expectUnchanged(talk, 'b', report);
      }
      const { state, members, votes, failures, stamp } = await talk.say('a', { span });
      const same = { state: 'CLOSED', members: 1, votes: 0, failures: 0, stamp };
      assertEqual({ state, members, votes, failures, stamp }, same, 'the circuit afterwards');
    },
  },
  {
    name: 'merges a quiet message unless it has heard of the process within its time to live',
    needs,
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      await talk.say('a', long);
      const stranger = await talk.sayQuiet('b', long);
      assertEqual(stranger?.members, 2, 'members with one it has never heard of');
      await talk.pass(999);
      await expectUnchanged(talk, 'a', long);
      await talk.pass(999);
      await expectUnchanged(talk, 'a', long);
      await talk.pass(1000);
      const silent = await talk.sayQuiet('a', long);
      assertEqual(silent?.members, 2, 'members with one that was silent');
      await expectUnchanged(talk, 'a', long);
      await hear(harness, 'a', { ttl: 0 });
      const back = await talk.sayQuiet('a', long);
      assertEqual(back?.members, 2, 'members with one that left another circuit');
      const last = await talk.sayQuiet('a', { ...long, ttl: 0 });
      assertEqual(last?.members, 1, 'members after a quiet message of one that leaves');
    },
  },
  {
    name: 'counts a quiet member that was suspended until it expired as soon as it comes back',
    needs,
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      await talk.say('a', long);
      await talk.say('b', long);
      const { version, stamp } = talk;
      await talk.pass(30_000);
      await talk.say('b', long);
      await talk.pass(30_000);
      assertEqual((await talk.say('b', long)).members, 1, 'members when one has expired');
      assertEqual(talk.stamp, stamp, 'the stamp');
      const reply = await talk.sayQuiet('a', { ...long, version, quiet: stamp });
      assertEqual(reply?.members, 2, 'members when it has come back');
    },
  },
  {
    name: 'reports in `unchanged` how many members the last full reply counted',
    needs,
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      await talk.say('a', long);
      await talk.say('b');
      await talk.say('c', { ttl: 500 });
      await talk.pass(500);
      await expectUnchanged(talk, 'a', long);
      assertEqual(talk.unchangedMembers, 3, 'members before one is known to have expired');
      await talk.say('b');
      await expectUnchanged(talk, 'a', long);
      assertEqual(talk.unchangedMembers, 2, 'members when one has expired');
      await talk.say('b', { ttl: 0 });
      await expectUnchanged(talk, 'a', long);
      assertEqual(talk.unchangedMembers, 1, 'members when one has left');
    },
  },
  {
    name: 'merges a quiet message if the circuit has moved, or was never there',
    needs,
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      await talk.say('a');
      const { version, stamp } = talk;
      await talk.open(5000);
      const reply = await talk.sayQuiet('a', { version, quiet: stamp });
      assertEqual([reply?.state, reply?.members], ['OPEN', 2], 'the reply after it has opened');
      const other = await Conversation.begin(harness, 'search');
      const first = await other.sayQuiet('a', { version, quiet: stamp });
      assertEqual([first?.state, first?.members], ['CLOSED', 1], 'the reply of a new circuit');
    },
  },
  {
    name: 'merges a quiet message with another stamp, or with another version',
    needs,
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      await talk.say('a');
      const { version, stamp = 0 } = talk;
      const reports: readonly Partial<CircuitMessage>[] = [
        { quiet: stamp + 1 },
        { quiet: stamp - 1 },
        { quiet: 0 },
        { version: { ...version, epoch: 1 } },
        { version: { generation: 'another', epoch: 0 } },
        { version: { generation: '', epoch: 0 } },
      ];
      for (const [i, report] of reports.entries()) {
        await hear(harness, `b${i}`);
        const reply = await talk.sayQuiet(`b${i}`, { version, quiet: stamp, ...report });
        assertEqual(reply?.members, i + 2, `members after ${JSON.stringify(report)}`);
      }
    },
  },
  {
    name: 'changes the stamp with each transition and with the first vote, and with nothing else',
    needs,
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      const { stamp: first } = await talk.say('a', { span: 1000 });
      assertThat(Number.isSafeInteger(first), `the stamp ${String(first)} is not an integer`);
      const stamps = [first];
      const step = async (member: string, changes: boolean, report: Partial<CircuitMessage>) => {
        const { stamp } = await talk.say(member, report);
        const what = `the stamp after ${JSON.stringify(report)}`;
        assertEqual(stamps.includes(stamp), !changes, `${what} is an earlier one`);
        if (!changes) assertEqual(stamp, stamps.at(-1), what);
        stamps.push(stamp);
      };
      await step('b', false, { span: 1000, failures: 3 });
      await step('b', true, { open: true });
      await step('b', false, { open: true });
      await step('c', false, { open: true });
      await step('b', false, { open: false });
      await step('c', false, { open: false });
      await step('c', true, { open: true });
      await step('c', false, { ttl: 0 });
      const propose = { to: 'OPEN', wait: 0, openings: 1, cause: 'quorum' } as const;
      await step('a', true, { propose });
      await step('a', true, { want: 1 });
      await step('a', false, { want: 1 });
      await step('', true, { command: 'isolate', ttl: 0 });
      await step('', false, { command: 'isolate', ttl: 0 });
      await step('', true, { command: 'reset', ttl: 0 });
    },
  },
  {
    name: 'changes the stamp when a message finds no member, so that quiet ones come back',
    needs,
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      await talk.say('a', long);
      const { version, stamp } = talk;
      await talk.pass(60_000);
      await hear(harness, 'a');
      await expectUnchanged(talk, 'a', long);
      await talk.say('b', long);
      const reply = await talk.sayQuiet('a', { version, quiet: stamp, ...long });
      assertEqual(reply?.members, 2, 'members');
      await talk.pass(-30_000);
      const { members } = await talk.say('b', long);
      assertEqual(members, 1, 'members after the clock was set back');
      assertThat(talk.stamp !== reply?.stamp, 'the stamp is the same');
    },
  },
];

/** Members of quiet circuits. */
export const quietMemberCases: readonly StoreCase[] = [
  {
    name: 'keeps members of a quiet circuit for their longer time to live',
    needs,
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      await talk.say('a', long);
      await talk.pass(59_999);
      assertEqual((await talk.say('b', long)).members, 2, 'members 1 ms before');
      await talk.pass(1);
      assertEqual((await talk.say('b', long)).members, 1, 'members at the end');
    },
  },
  {
    name: 'expects quiet members within their own time to live after the first vote',
    needs,
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      for (const member of ['a', 'b', 'c']) await talk.say(member, long);
      await talk.say('slow', { ...long, ttl: 4000 });
      await talk.pass(10_000);
      const { version, stamp } = talk;
      const vote = { ...long, open: true };
      const first = await talk.say('c', vote);
      assertEqual([first.members, first.votes], [4, 1], 'members and votes at the first vote');
      await talk.pass(600);
      const back = await talk.sayQuiet('a', { version, quiet: stamp, ...long });
      assertEqual([back?.members, back?.votes], [4, 1], 'the reply to one that comes back');
      await talk.pass(399);
      assertEqual((await talk.say('c', vote)).members, 4, 'members 1 ms before');
      await talk.pass(1);
      assertEqual((await talk.say('c', vote)).members, 3, 'members without the one that is silent');
      await talk.pass(600);
      assertEqual((await talk.say('c', vote)).members, 2, 'members without one silent since');
      await talk.pass(2400);
      assertEqual((await talk.say('c', vote)).members, 1, 'members without the slow one');
    },
  },
  {
    name: 'lets members live longer again once the last vote has ended',
    needs,
    async run(harness: StoreHarness): Promise<void> {
      for (const report of [{ open: false }, { open: true, ttl: 0 }]) {
        const talk = await Conversation.begin(harness, report.open ? 'left' : 'withdrawn');
        await talk.say('a', long);
        await talk.say('b', { ...long, open: true });
        await talk.say('a', long);
        assertEqual((await talk.say('b', { ...long, ...report })).votes, 0, 'votes');
        await talk.say('a', long);
        await talk.pass(50_000);
        assertEqual((await talk.say('c', long)).members, report.open ? 2 : 3, 'members');
      }
    },
  },
  {
    name: 'keeps members for the shorter time unless the circuit is closed after their message',
    needs,
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      await talk.say('a', long);
      const propose = { to: 'OPEN', wait: 0, openings: 1, cause: 'pooled' } as const;
      await talk.say('a', { ...long, propose });
      await talk.pass(1000);
      const close = { to: 'CLOSED', wait: 0, openings: 0, cause: 'recovered' } as const;
      const closed = await talk.say('b', { ...long, propose: close });
      assertEqual([closed.state, closed.members], ['CLOSED', 1], 'the reply');
      await talk.pass(50_000);
      assertEqual((await talk.say('c', long)).members, 2, 'members later');
    },
  },
  {
    name: 'shows operators only the members whose process was heard of within its time to live',
    needs,
    async run(harness: StoreHarness): Promise<void> {
      const other = await Conversation.begin(harness, 'search');
      const talk = await Conversation.begin(harness);
      await talk.say('a', long);
      await talk.say('b', { ...long, ttl: 5000 });
      assertEqual(await shown(harness, talk), ['a', 'b'], 'the members in the view');
      await talk.pass(1000);
      assertEqual(await shown(harness, talk), ['b'], 'the members when one is silent');
      assertEqual((await talk.say('b', long)).members, 2, 'the members that count');
      await talk.sayQuiet('a', long);
      assertEqual(await shown(harness, talk), ['a', 'b'], 'the members after a quiet message');
      await talk.pass(500);
      for (const member of ['a', 'b']) await expectUnchanged(talk, member, long);
      await talk.pass(999);
      assertEqual(await shown(harness, talk), ['a', 'b'], 'the members 1 ms before');
      await talk.pass(1);
      assertEqual(await shown(harness, talk), [], 'the members when all are silent');
      await talk.say('b', long);
      await other.say('b', { ...long, ttl: 0 });
      assertEqual(await shown(harness, talk), [], 'the members after it left another circuit');
    },
  },
];

/** Lets the store hear of a process, by a message about another circuit. */
async function hear(
  { store }: StoreHarness,
  member: string,
  report: Partial<CircuitMessage> = {},
): Promise<void> {
  await store.exchange([{ ...plainMessage('heard', member), ...report }]);
}

async function expectUnchanged(
  talk: Conversation,
  member: string,
  report: Partial<CircuitMessage>,
): Promise<void> {
  const reply = await talk.sayQuiet(member, report);
  assertEqual(reply, undefined, `the full reply to a quiet message of ${member}`);
}

async function shown(harness: StoreHarness, { circuit }: Conversation) {
  const view = (await harness.peer.view()).find((each) => each.circuit === circuit);
  assertEqual(view?.members, view?.memberIds.length, 'the number of members in the view');
  return [...(view?.memberIds ?? [])].sort();
}
