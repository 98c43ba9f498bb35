import type { Change } from '../../store.ts';
import { assertEqual, eventually } from '../assertions.ts';
import type { StoreCase, StoreHarness } from '../store-harness.ts';
import { Talk } from '../talk.ts';

/** What subscribers are told. */
export const noticeCases: readonly StoreCase[] = [
  {
    name: 'tells every subscriber of each transition once, in their order',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Talk.begin(harness);
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
          const told = heard.map(({ state, version, cause }) => [state, version.epoch, cause]);
          assertEqual(told, expected, 'what a subscriber was told');
        }
      });
    },
  },
  {
    name: 'tells of two transitions where one message causes both',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Talk.begin(harness);
      await talk.say('a');
      await withSubscribers(harness, async (heard) => {
        const propose = { to: 'OPEN', wait: 0, openings: 1, cause: 'quorum' } as const;
        const { version, granted } = await talk.say('a', { propose, want: 1 });
        assertEqual([version.epoch, granted.length], [2, 1], 'the epoch, and places');
        await hears(heard, 'HALF_OPEN');
        assertEqual(
          heard.map(({ state }) => state),
          ['OPEN', 'HALF_OPEN'],
          'what was told',
        );
      });
    },
  },
  {
    name: 'tells all that nodes need to follow: the circuit, its version, and how long it waits',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Talk.begin(harness, '支払い "1"\\ and two');
      await withSubscribers(harness, async (heard) => {
        const { circuit, version, state, cause, remaining, openings } = await talk.open(1234.5, 3);
        await hears(heard, 'OPEN');
        const expected = { circuit, version, state, cause, remaining, openings };
        assertEqual(heard[0], expected, 'the notice');
      });
    },
  },
  {
    name: 'tells of every circuit, also those that begin later',
    async run(harness: StoreHarness): Promise<void> {
      await withSubscribers(harness, async (heard) => {
        const names = ['one', 'two', 'three'];
        for (const name of names) await (await Talk.begin(harness, name)).command('isolate');
        await eventually(
          () => heard.length >= names.length,
          () => `three notices; there are ${heard.length}`,
        );
        assertEqual(heard.map(({ circuit }) => circuit).sort(), names.sort(), 'the circuits');
      });
    },
  },
  {
    name: 'tells nobody who has unsubscribed, and goes on to tell the others',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Talk.begin(harness);
      const gone: Change[] = [];
      const unsubscribe = await harness.store.subscribe((change) => gone.push(change));
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
  run: (heard: readonly Change[], heardByPeer: readonly Change[]) => Promise<void>,
): Promise<void> {
  const heard: [Change[], Change[]] = [[], []];
  const unsubscribe = await Promise.all([
    store.subscribe((change) => heard[0].push(change)),
    peer.subscribe((change) => heard[1].push(change)),
  ]);
  try {
    await run(...heard);
  } finally {
    await Promise.all(unsubscribe.map((end) => end()));
  }
}

async function hears(heard: readonly Change[], state: Change['state']): Promise<void> {
  await eventually(
    () => heard.some((change) => change.state === state),
    () => `a notice of ${state}; there were ${JSON.stringify(heard.map((change) => change.state))}`,
  );
}
