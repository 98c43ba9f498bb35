import { assertEqual } from '../assertions.ts';
import type { StoreCase, StoreHarness } from '../store-harness.ts';
import { Conversation } from '../conversation.ts';

/** Clocks that jump. */
export const clockCases: readonly StoreCase[] = [
  {
    name: 'treats a clock that steps back by up to a second as one that stands still',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      await talk.say('a', { ttl: 2000, span: 10_000, failures: 2 });
      await talk.pass(-1000);
      const reply = await talk.say('b', { span: 10_000 });
      assertEqual([reply.members, reply.failures], [2, 2], 'members and failures');
      await talk.open(500);
      await talk.pass(900);
      assertEqual((await talk.say('a')).remaining, 500, 'the wait');
      await talk.pass(300);
      assertEqual((await talk.say('a')).remaining, 300, 'the wait when it has caught up');
    },
  },
  {
    name: 'keeps the rest of each wait when the clock is set back',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      await talk.open(5000);
      await talk.pass(1000);
      await talk.say('a');
      await talk.pass(-3_600_000);
      assertEqual((await talk.say('a')).remaining, 4000, 'the wait');
      await talk.pass(1500);
      assertEqual((await talk.say('a')).remaining, 2500, 'the wait later');
    },
  },
  {
    name: 'forgets members and outcomes when the clock is set back, but no trial slots',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      await talk.say('b', { span: 10_000 });
      const voted = await talk.say('a', { open: true, span: 10_000, failures: 2 });
      assertEqual([voted.votes, voted.failures], [1, 2], 'votes and failures before');
      await talk.pass(-1001);
      const { members, votes, failures } = await talk.say('b', { span: 10_000 });
      assertEqual({ members, votes, failures }, { members: 1, votes: 0, failures: 0 }, 'the reply');
      const [fence] = await talk.startTrials('a', { leaseTime: 2000, want: 2 });
      await talk.say('a', { begun: [fence!], trialTimeout: 3000 });
      await talk.pass(-60_000);
      await talk.say('b');
      await talk.pass(1999);
      assertEqual((await talk.say('b')).tally?.outstanding, 2, 'slots 1 ms before the lease ends');
      await talk.pass(1);
      assertEqual((await talk.say('b')).tally?.outstanding, 1, 'slots after the lease');
      await talk.pass(1000);
      assertEqual((await talk.say('b')).tally?.failures, 1, 'failures after the time for a call');
    },
  },
  {
    name: 'lets everything expire when the clock is set forward',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      const [fence] = await talk.startTrials('a', { want: 2 });
      await talk.say('a', { begun: [fence!] });
      await talk.pass(86_400_000);
      const { members, tally } = await talk.say('b');
      assertEqual([members, tally?.failures, tally?.outstanding], [1, 1, 0], 'the reply');
    },
  },
];
