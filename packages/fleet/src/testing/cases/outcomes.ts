import type { CircuitReply } from '../../store.ts';
import { assertEqual } from '../assertions.ts';
import type { StoreCase, StoreHarness } from '../store-harness.ts';
import { Conversation } from '../conversation.ts';

function outcomes({ successes, failures }: CircuitReply): readonly [number, number] {
  return [successes, failures];
}

/** Pooled outcomes. */
export const outcomeCases: readonly StoreCase[] = [
  {
    name: 'pools the outcomes since a member’s last message, and counts a duplicate message once',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      const span = 10_000;
      await talk.say('a', { span });
      await talk.say('b', { span });
      const report = { span, successes: 5, failures: 2 };
      assertEqual(outcomes(await talk.say('a', report)), [5, 2], 'outcomes of one member');
      assertEqual(outcomes(await talk.say('a', report)), [5, 2], 'outcomes reported twice');
      assertEqual(outcomes(await talk.say('b', report)), [10, 4], 'outcomes of two members');
      const more = { span, successes: 9, failures: 3 };
      assertEqual(outcomes(await talk.say('a', more)), [14, 5], 'outcomes of two messages');
    },
  },
  {
    name: 'makes up for a lost message with the next one',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      const span = 10_000;
      await talk.say('a', { span, successes: 1 });
      const next = { span, successes: 9, failures: 4, ackedSuccesses: 1 };
      assertEqual(outcomes(await talk.say('a', next)), [9, 4], 'outcomes');
    },
  },
  {
    name: 'counts only the unacknowledged outcomes of a member that it does not know',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      const totals = { span: 10_000, successes: 100, failures: 40 };
      const acked = { ackedSuccesses: 97, ackedFailures: 38 };
      assertEqual(outcomes(await talk.say('a', { ...totals, ...acked })), [3, 2], 'outcomes');
      await talk.pass(3000);
      // The member has expired meanwhile, so the store no longer knows its totals.
      const later = { span: 10_000, successes: 101, failures: 40 };
      const again = await talk.say('a', { ...later, ackedSuccesses: 100, ackedFailures: 40 });
      assertEqual(outcomes(again), [4, 2], 'outcomes after it expired');
    },
  },
  {
    name: 'counts nothing twice when messages arrive out of order',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      const span = 10_000;
      await talk.say('a', { span, successes: 10, failures: 3 });
      const overtaken = await talk.say('a', { span, successes: 2, failures: 5 });
      assertEqual(outcomes(overtaken), [10, 5], 'outcomes after the message out of order');
      const next = await talk.say('a', { span, successes: 11, failures: 5 });
      assertEqual(outcomes(next), [11, 5], 'outcomes after the next one');
    },
  },
  {
    name: 'drops outcomes of an earlier version, and does not count them later',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      const span = 10_000;
      await talk.say('a', { span });
      const version = { generation: talk.version.generation, epoch: 3 };
      const stale = await talk.say('a', { span, failures: 50, version });
      assertEqual(outcomes(stale), [0, 0], 'outcomes of another epoch');
      assertEqual(outcomes(await talk.say('a', { span, failures: 51 })), [0, 1], 'outcomes');
    },
  },
  {
    name: 'forgets outcomes in steps of a tenth of the span, however long it was idle',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      const report = { span: 1000, ttl: 60_000 };
      await talk.say('a', { ...report, failures: 1 });
      await talk.pass(150);
      await talk.say('a', { ...report, failures: 3 });
      await talk.pass(849);
      assertEqual(
        (await talk.say('a', { ...report, failures: 3 })).failures,
        3,
        'failures at 999 ms',
      );
      await talk.pass(1);
      assertEqual(
        (await talk.say('a', { ...report, failures: 3 })).failures,
        2,
        'failures at 1000',
      );
      await talk.pass(99);
      assertEqual(
        (await talk.say('a', { ...report, failures: 3 })).failures,
        2,
        'failures at 1099',
      );
      await talk.pass(1);
      assertEqual(
        (await talk.say('a', { ...report, failures: 4 })).failures,
        1,
        'failures at 1100',
      );
      await talk.pass(50_000);
      assertEqual(
        (await talk.say('a', { ...report, failures: 4 })).failures,
        0,
        'failures after idling',
      );
    },
  },
  {
    name: 'pools nothing without a span, or while the circuit is not closed',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      await talk.say('a');
      assertEqual(
        outcomes(await talk.say('a', { failures: 3 })),
        [0, 0],
        'outcomes without a span',
      );
      const span = 10_000;
      assertEqual(outcomes(await talk.say('b', { span })), [0, 0], 'outcomes in a span');
      await talk.open();
      const open = await talk.say('a', { span, failures: 9 });
      assertEqual(outcomes(open), [0, 0], 'outcomes while open');
    },
  },
  {
    name: 'starts with an empty pool after each transition',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      const span = 10_000;
      await talk.say('a', { span, failures: 8 });
      await talk.open();
      await talk.command('reset');
      assertEqual(outcomes(await talk.say('a', { span, failures: 8 })), [0, 0], 'outcomes');
      assertEqual(outcomes(await talk.say('a', { span, failures: 9 })), [0, 1], 'new outcomes');
    },
  },
];
