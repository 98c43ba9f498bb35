import type { Notice } from '../../store.ts';
import { assertEqual, eventually } from '../assertions.ts';
import type { StoreCase, StoreHarness } from '../store-harness.ts';
import { Conversation } from '../conversation.ts';

/** Notices for subscribers. */
export const noticeCases: readonly StoreCase[] = [
  {
    name: 'notifies every subscriber of each transition once, in order',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      await talk.say('a');
      await withSubscribers(harness, async (...subscribers) => {
        await talk.open(0);
        await talk.say('a', { want: 1 });
        await talk.say('a', { want: 1 });
        await talk.command('isolate');
        await talk.command('isolate');
        await talk.command('release');
        await talk.command('reset');
        const expected = [
          ['OPEN', 1, 'quorum'],
          ['HALF_OPEN', 2, 'cooldown'],
          ['ISOLATED', 3, 'isolate'],
          ['OPEN', 4, 'release'],
          ['CLOSED', 5, 'reset'],
        ];
        for (const heard of subscribers) {
          await hears(heard, 'CLOSED');
          const notices = heard.map(({ state, version, cause }) => [state, version.epoch, cause]);
          assertEqual(notices, expected, 'the notices of a subscriber');
        }
      });
    },
  },
  {
    name: 'sends two notices when one message causes two transitions',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      await talk.say('a');
      await withSubscribers(harness, async (heard) => {
        const propose = { to: 'OPEN', wait: 0, openings: 1, cause: 'quorum' } as const;
        const { version, granted } = await talk.say('a', { propose, want: 1 });
        assertEqual([version.epoch, granted.length], [2, 1], 'the epoch, and slots');
        await hears(heard, 'HALF_OPEN');
        assertEqual(
          heard.map(({ state }) => state),
          ['OPEN', 'HALF_OPEN'],
          'the notices',
        );
      });
    },
  },
  {
    name: 'sends in each notice the circuit, its version, its state and the wait',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness, '支払い "1"\\ and two');
      await withSubscribers(harness, async (heard) => {
        const { circuit, version, state, cause, remaining, openings } = await talk.open(1234.5, 3);
        await hears(heard, 'OPEN');
        const expected = { circuit, version, state, cause, remaining, openings };
        assertEqual(heard[0], expected, 'the notice');
      });
    },
  },
  {
    name: 'sends notices of every circuit, also of those created later',
    async run(harness: StoreHarness): Promise<void> {
      await withSubscribers(harness, async (heard) => {
        const names = ['one', 'two', 'three'];
        for (const name of names)
          await (await Conversation.begin(harness, name)).command('isolate');
        await eventually(
          () => heard.length >= names.length,
          () => `three notices; there are ${heard.length}`,
        );
        assertEqual(heard.map(({ circuit }) => circuit).sort(), names.sort(), 'the circuits');
      });
    },
  },
  {
    name: 'sends no notices after unsubscribing, and still notifies other subscribers',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      const gone: Notice[] = [];
      const unsubscribe = await harness.store.subscribe((notice) => gone.push(notice));
      await withSubscribers(harness, async (...subscribers) => {
        await talk.command('isolate');
        await eventually(
          () => gone.length > 0,
          () => 'a notice before it unsubscribed',
        );
        await unsubscribe();
        await talk.command('release');
        for (const heard of subscribers) await hears(heard, 'CLOSED');
        assertEqual(gone.length, 1, 'the number of notices');
      });
    },
  },
];

/** Runs with one subscriber to each instance of the store. */
async function withSubscribers(
  { store, peer }: StoreHarness,
  run: (heard: readonly Notice[], heardByPeer: readonly Notice[]) => Promise<void>,
): Promise<void> {
  const heard: [Notice[], Notice[]] = [[], []];
  const unsubscribe = await Promise.all([
    store.subscribe((notice) => heard[0].push(notice)),
    peer.subscribe((notice) => heard[1].push(notice)),
  ]);
  try {
    await run(...heard);
  } finally {
    await Promise.all(unsubscribe.map((end) => end()));
  }
}

async function hears(heard: readonly Notice[], state: Notice['state']): Promise<void> {
  await eventually(
    () => heard.some((notice) => notice.state === state),
    () => `a notice of ${state}; there were ${JSON.stringify(heard.map((notice) => notice.state))}`,
  );
}
