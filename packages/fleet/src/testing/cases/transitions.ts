import type { CircuitReply, Command } from '../../store.ts';
import { assertEqual } from '../assertions.ts';
import type { StoreCase, StoreHarness } from '../store-harness.ts';
import { Conversation } from '../conversation.ts';

const proposeOpen = { to: 'OPEN', wait: 1000, openings: 1, cause: 'quorum' } as const;
const proposeClosed = { to: 'CLOSED', wait: 0, openings: 0, cause: 'trials' } as const;

function stateOf({ state, cause, version, openings, remaining }: CircuitReply): object {
  return { state, cause, epoch: version.epoch, openings, remaining };
}

/** Proposals of members. */
export const proposalCases: readonly StoreCase[] = [
  {
    name: 'applies a proposal for the current version',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      await talk.say('a');
      const propose = { to: 'OPEN', wait: 1500.5, openings: 3, cause: 'pooled' } as const;
      const opened = { state: 'OPEN', cause: 'pooled', epoch: 1, openings: 3, remaining: 1500.5 };
      assertEqual(stateOf(await talk.say('a', { propose })), opened, 'the reply');
      await talk.pass(1000);
      const later = { ...opened, remaining: 500.5 };
      assertEqual(stateOf(await talk.say('b')), later, 'what another member hears later');
      await talk.pass(1000);
      const over = { ...opened, remaining: 0 };
      assertEqual(stateOf(await talk.say('b')), over, 'what it hears when the wait is over');
      const closed = { state: 'CLOSED', cause: 'trials', epoch: 2, openings: 0, remaining: 0 };
      const reply = await talk.say('a', { propose: proposeClosed });
      assertEqual(stateOf(reply), closed, 'the reply to CLOSED');
    },
  },
  {
    name: 'ignores a proposal for another epoch or another generation',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      const { version } = await talk.say('a');
      const opened = await talk.open();
      const reply = await talk.say('a', { version, propose: proposeClosed });
      assertEqual(stateOf(reply), stateOf(opened), 'the state after an earlier epoch');
      for (const generation of ['', 'another']) {
        const stranger = { version: { generation, epoch: opened.version.epoch } };
        const heard = await talk.say('a', { ...stranger, propose: proposeClosed });
        assertEqual(stateOf(heard), stateOf(opened), `the state after generation "${generation}"`);
      }
      const ahead = { generation: version.generation, epoch: 9 };
      const heard = await talk.say('a', { version: ahead, propose: proposeClosed });
      assertEqual(stateOf(heard), stateOf(opened), 'the state after a later epoch');
    },
  },
  {
    name: 'opens again for the proposed wait',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      await talk.open(1000, 1);
      const again = { ...proposeOpen, wait: 4000, openings: 2, cause: 'trials' } as const;
      const { remaining, openings, version } = await talk.say('a', { propose: again });
      const expected = { remaining: 4000, openings: 2, epoch: 2 };
      assertEqual({ remaining, openings, epoch: version.epoch }, expected, 'the reply');
    },
  },
  {
    name: 'isolates when a member proposes it, and then ignores all proposals',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      await talk.say('a');
      const isolation = { to: 'ISOLATED', wait: 0, openings: 0, cause: 'isolate' } as const;
      const isolated = await talk.say('a', { propose: isolation });
      assertEqual([isolated.state, isolated.version.epoch], ['ISOLATED', 1], 'the reply');
      for (const propose of [proposeOpen, proposeClosed, isolation]) {
        const { state, version } = await talk.say('a', { propose });
        assertEqual([state, version.epoch], ['ISOLATED', 1], `after ${propose.to} was proposed`);
      }
    },
  },
];

/** Commands of operators. */
export const commandCases: readonly StoreCase[] = [
  {
    name: 'isolates and releases a closed circuit, and ignores a repeated command',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      await expectSteps(talk, [
        ['release', 'CLOSED', 'none', 0],
        ['isolate', 'ISOLATED', 'isolate', 1],
        ['isolate', 'ISOLATED', 'isolate', 1],
        ['release', 'CLOSED', 'release', 2],
        ['release', 'CLOSED', 'release', 2],
      ]);
    },
  },
  {
    name: 'releases a circuit that was open with the rest of its wait',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      await talk.open(1000, 2);
      const isolated = await talk.command('isolate');
      const expected = { state: 'ISOLATED', cause: 'isolate', epoch: 2, openings: 2, remaining: 0 };
      assertEqual(stateOf(isolated), expected, 'the isolated circuit');
      await talk.pass(400);
      const released = { state: 'OPEN', cause: 'release', epoch: 3, openings: 2, remaining: 600 };
      assertEqual(stateOf(await talk.command('release')), released, 'the released circuit');
    },
  },
  {
    name: 'releases a circuit that was half-open as open, with no wait left',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      await talk.startTrials('a');
      const isolated = await talk.command('isolate');
      assertEqual(
        [isolated.state, isolated.tally],
        ['ISOLATED', undefined],
        'the isolated circuit',
      );
      const { state, remaining } = await talk.command('release');
      assertEqual([state, remaining], ['OPEN', 0], 'the released circuit');
      const again = await talk.say('a', { want: 1 });
      assertEqual(
        [again.state, again.tally?.outstanding],
        ['HALF_OPEN', 1],
        'the next trial calls',
      );
    },
  },
  {
    name: 'resets a circuit whatever its state, even if it is closed',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      await expectSteps(talk, [['reset', 'CLOSED', 'reset', 1]]);
      await talk.open(5000, 4);
      const closed = { state: 'CLOSED', cause: 'reset', epoch: 3, openings: 0, remaining: 0 };
      assertEqual(stateOf(await talk.command('reset')), closed, 'one that was open');
      await talk.startTrials('a');
      await expectSteps(talk, [['reset', 'CLOSED', 'reset', 6]]);
      await talk.open();
      await expectSteps(talk, [
        ['isolate', 'ISOLATED', 'isolate', 8],
        ['reset', 'CLOSED', 'reset', 9],
        ['isolate', 'ISOLATED', 'isolate', 10],
        ['release', 'CLOSED', 'release', 11],
      ]);
    },
  },
  {
    name: 'applies a command and ignores the proposal in the same message',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      await talk.say('a');
      const { state } = await talk.say('a', { command: 'isolate', propose: proposeOpen });
      assertEqual(state, 'ISOLATED', 'the state');
      const idle = await talk.say('a', { command: 'isolate', propose: proposeOpen });
      assertEqual(idle.state, 'ISOLATED', 'the state after a command that changes nothing');
    },
  },
];

type Step = readonly [Command, string, string, number];

async function expectSteps(talk: Conversation, steps: readonly Step[]): Promise<void> {
  for (const [command, ...expected] of steps) {
    const { state, cause, version } = await talk.command(command);
    assertEqual([state, cause, version.epoch], expected, `the circuit after ${command}`);
  }
}
