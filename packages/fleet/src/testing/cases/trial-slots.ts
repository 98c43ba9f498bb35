import { assertEqual, assertThat } from '../assertions.ts';
import type { StoreCase, StoreHarness } from '../store-harness.ts';
import { Conversation } from '../conversation.ts';

const rule = { calls: 4, closeAt: 3, openAt: 2, concurrent: 2 };
const wide = { calls: 10, closeAt: 8, openAt: 3, concurrent: 10 };

/** Granting trial slots. */
export const claimCases: readonly StoreCase[] = [
  {
    name: 'grants no trial slots while the circuit is closed or isolated, or before its wait ends',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      assertEqual((await talk.say('a', { want: 3 })).granted, [], 'slots of a closed circuit');
      await talk.open(1000);
      await talk.pass(999);
      const early = await talk.say('a', { want: 1 });
      assertEqual([early.state, early.granted], ['OPEN', []], '1 ms before the wait is over');
      await talk.command('isolate');
      await talk.pass(1000);
      const isolated = await talk.say('a', { want: 1 });
      assertEqual([isolated.state, isolated.granted], ['ISOLATED', []], 'an isolated circuit');
    },
  },
  {
    name: 'becomes half-open after the wait, by the rule of the member that asks first',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      await talk.open(1000, 2);
      await talk.pass(1000);
      const idle = await talk.say('b');
      assertEqual([idle.state, idle.remaining], ['OPEN', 0], 'before anybody asks');
      const { state, cause, version, openings, tally, granted } = await talk.say('a', { want: 1 });
      const found = {
        state,
        cause,
        epoch: version.epoch,
        openings,
        tally,
        granted: granted.length,
      };
      const begun = { state: 'HALF_OPEN', cause: 'cooldown', epoch: 2, openings: 2, granted: 1 };
      const fresh = { rule, successes: 0, failures: 0, outstanding: 1 };
      assertEqual(found, { ...begun, tally: fresh }, 'the reply to the member that asked');
      const other = await talk.say('b', { rule: wide, want: 1 });
      assertEqual(other.tally, { ...fresh, outstanding: 2 }, 'the tally in the second reply');
    },
  },
  {
    name: 'grants no more trial slots than may be in use at the same time, than are wanted, or than are left',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      const [first] = await talk.startTrials('a', { want: 1 });
      const other = await talk.say('b', { want: 5 });
      assertEqual(other.granted.length, 1, 'slots granted while one is out');
      assertEqual(
        (await talk.say('c', { want: 5 })).granted,
        [],
        'slots granted while two are out',
      );
      await talk.say('a', { settled: [{ fence: first!, outcome: 'success' }] });
      const settled = [{ fence: other.granted[0]!, outcome: 'failure' }] as const;
      await talk.say('b', { settled });
      const last = await talk.say('c', { want: 5 });
      assertEqual(last.granted.length, 2, 'slots granted when two of four calls have ended');
      await talk.say('c', { settled: [{ fence: last.granted[0]!, outcome: 'success' }] });
      const none = await talk.say('a', { want: 5 });
      assertEqual(
        none.granted,
        [],
        'slots granted when three calls have ended and one slot is out',
      );
    },
  },
  {
    name: 'grants no trial slots once the trial calls have decided',
    async run(harness: StoreHarness): Promise<void> {
      for (const outcome of ['success', 'failure'] as const) {
        const talk = await Conversation.begin(harness, `decided by ${outcome}`);
        const easy = { calls: 9, closeAt: 2, openAt: 2, concurrent: 9 };
        const granted = await talk.startTrials('a', { want: 2, rule: easy });
        assertEqual(granted.length, 2, 'slots');
        const settled = granted.map((fence) => ({ fence, outcome }));
        const { tally, ...reply } = await talk.say('a', { settled, want: 1 });
        assertEqual([reply.state, reply.granted], ['HALF_OPEN', []], `after a ${outcome}`);
        assertEqual(tally?.outstanding, 0, 'outstanding slots');
      }
    },
  },
  {
    name: 'grants trial slots with fencing numbers that only grow, in every half-open period',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      let last = 0;
      for (let round = 0; round < 3; round++) {
        const granted = await talk.startTrials('a', { want: 2 });
        for (const fence of granted) {
          assertThat(fence > last, `the fencing number ${fence} came after ${last}`);
          last = fence;
        }
        await talk.command(round === 1 ? 'isolate' : 'reset');
        await talk.command('reset');
      }
    },
  },
  {
    name: 'grants a trial slot again that no call used in time',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      await talk.startTrials('a', { want: 2, leaseTime: 700 });
      await talk.pass(699);
      assertEqual((await talk.say('b', { want: 1 })).granted, [], 'slots 1 ms before');
      await talk.pass(1);
      const { granted, tally } = await talk.say('b', { want: 2 });
      assertEqual(granted.length, 2, 'slots');
      assertEqual(tally, { rule, successes: 0, failures: 0, outstanding: 2 }, 'the tally');
    },
  },
];

/** Settling trial slots. */
export const settlementCases: readonly StoreCase[] = [
  {
    name: 'counts a trial call as a failure if it has begun and is not settled in time',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      const [fence] = await talk.startTrials('a', { leaseTime: 700 });
      await talk.pass(600);
      const begun = { begun: [fence!], trialTimeout: 2000 };
      await talk.say('a', begun);
      await talk.pass(1000);
      // The call has begun before: reporting it again gains no time.
      assertEqual((await talk.say('a', begun)).tally?.outstanding, 1, 'outstanding slots');
      await talk.pass(999);
      assertEqual((await talk.say('b')).tally?.failures, 0, 'failures 1 ms before');
      await talk.pass(1);
      const late = { settled: [{ fence: fence!, outcome: 'success' as const }] };
      const over = { rule, successes: 0, failures: 1, outstanding: 0 };
      assertEqual((await talk.say('a', late)).tally, over, 'the tally');
    },
  },
  {
    name: 'counts successes and failures, and a released trial slot as neither',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      const [a, b, c] = await talk.startTrials('a', { want: 3, rule: wide });
      await talk.say('a', { begun: [a!, b!] });
      const { tally } = await talk.say('a', {
        settled: [
          { fence: a!, outcome: 'success' },
          { fence: b!, outcome: 'failure' },
          { fence: c!, outcome: 'release' },
        ],
      });
      assertEqual(tally, { rule: wide, successes: 1, failures: 1, outstanding: 0 }, 'the tally');
    },
  },
  {
    name: 'counts an outcome once, and only from the member that holds the trial slot',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      const [fence] = await talk.startTrials('a');
      const report = { settled: [{ fence: fence!, outcome: 'success' as const }], begun: [fence!] };
      assertEqual(
        (await talk.say('b', report)).tally?.successes,
        0,
        'successes from another member',
      );
      assertEqual((await talk.say('a', report)).tally?.successes, 1, 'successes');
      assertEqual((await talk.say('a', report)).tally?.successes, 1, 'successes reported twice');
      const unknown = { settled: [{ fence: fence! + 9, outcome: 'failure' as const }] };
      assertEqual((await talk.say('a', unknown)).tally?.failures, 0, 'failures of an unknown slot');
    },
  },
  {
    name: 'does not count outcomes of an earlier half-open period',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      const [old] = await talk.startTrials('a');
      const { version } = talk;
      await talk.startTrials('b');
      const settled = [{ fence: old!, outcome: 'failure' as const }];
      const stale = await talk.say('a', { settled, version });
      assertEqual(
        [stale.tally?.failures, stale.tally?.outstanding],
        [0, 1],
        'after an outcome for the old version',
      );
      const wrong = await talk.say('a', { settled });
      assertEqual(
        [wrong.tally?.failures, wrong.tally?.outstanding],
        [0, 1],
        'after an outcome for the new version',
      );
      const [later] = (await talk.say('a', { want: 1 })).granted;
      const late = { settled: [{ fence: later!, outcome: 'success' as const }], version };
      assertEqual(
        (await talk.say('a', late)).tally?.successes,
        0,
        'successes reported with an old version',
      );
    },
  },
  {
    name: 'takes back the unused trial slots of a member that leaves, and counts its last report',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      const [a, b, c] = await talk.startTrials('a', { want: 4, rule: wide });
      await talk.say('a', { begun: [a!] });
      const last = await talk.say('a', {
        ttl: 0,
        begun: [b!, c!],
        settled: [{ fence: c!, outcome: 'success' }],
      });
      assertEqual(
        last.tally,
        { rule: wide, successes: 1, failures: 0, outstanding: 2 },
        'the tally',
      );
      await talk.pass(5000);
      assertEqual((await talk.say('b')).tally?.failures, 2, 'failures when nobody settles them');
    },
  },
  {
    name: 'keeps the trial slots of an expired member until their lease ends',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      const [fence] = await talk.startTrials('a', { want: 2, ttl: 100, leaseTime: 1000 });
      await talk.say('a', { ttl: 100, begun: [fence!], trialTimeout: 3000 });
      await talk.pass(500);
      const { members, tally } = await talk.say('b', { want: 1 });
      assertEqual([members, tally?.outstanding], [2, 2], 'members, and outstanding slots');
      await talk.pass(500);
      const next = await talk.say('b', { want: 1 });
      assertEqual(next.granted.length, 1, 'slots after the lease');
      const [taken] = next.granted;
      await talk.say('b', { begun: [taken!], trialTimeout: 9000 });
      await talk.pass(2000);
      assertEqual(
        (await talk.say('b')).tally?.failures,
        1,
        'failures of the member that died during a call',
      );
    },
  },
];
