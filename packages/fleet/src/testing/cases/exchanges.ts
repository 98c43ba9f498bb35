import type { CircuitMessage } from '../../store.ts';
import { assertEqual } from '../assertions.ts';
import type { StoreCase, StoreHarness } from '../store-harness.ts';
import { Conversation, fullReplies, plainMessage, send, startTime } from '../conversation.ts';

const unusualNames: readonly string[] = [
  'two words',
  ' spaces around ',
  'a:b/c\\d"e\'f`g%h?i*j[k]l$1',
  'größer — 支払い 🚦',
  'n'.repeat(200),
  '支'.repeat(200),
  'constructor',
  '__proto__',
  'Payments',
  'payments',
  '0',
];

/** Several circuits in one exchange, and unusual names. */
export const exchangeCases: readonly StoreCase[] = [
  {
    name: 'answers a hundred circuits in one exchange, in order and independently',
    async run(harness: StoreHarness): Promise<void> {
      await harness.setTime(startTime);
      const names = Array.from({ length: 100 }, (_, i) => `circuit ${(i * 37) % 100}`);
      const messages = names.map((name): CircuitMessage => plainMessage(name, 'a'));
      const first = await harness.store.exchange(messages);
      assertEqual(
        first.map(({ circuit }) => circuit),
        names,
        'the circuits of the replies',
      );
      const replies = await harness.peer.exchange(
        messages.map((message, i) => ({
          ...message,
          version: first[i]!.version,
          ...(i % 2 === 1 && { command: 'isolate' as const }),
          ...(i % 3 === 0 && { member: 'b' }),
        })),
      );
      assertEqual(
        fullReplies(replies).map(({ circuit, state, members }) => [circuit, state, members]),
        names.map((name, i) => [name, i % 2 === 1 ? 'ISOLATED' : 'CLOSED', i % 3 === 0 ? 2 : 1]),
        'the second replies',
      );
    },
  },
  {
    name: 'answers an empty exchange with no replies',
    async run({ store }: StoreHarness): Promise<void> {
      assertEqual(await store.exchange([]), [], 'the replies');
    },
  },
  {
    name: 'keeps circuits and members apart, whatever their names',
    async run(harness: StoreHarness): Promise<void> {
      await harness.setTime(startTime);
      const { store } = harness;
      for (const name of unusualNames) await send(store, plainMessage(name, `${name}~1`));
      for (const [i, name] of unusualNames.entries()) {
        const { version } = await send(store, plainMessage(name, `${name}~2`));
        for (let n = 0; n < i; n++) await send(store, operatorReset(name));
        const report = { version: { ...version, epoch: i }, open: true };
        const { members, votes } = await send(store, { ...plainMessage(name, name), ...report });
        assertEqual([members, votes], [3, 1], `members and votes of "${name}"`);
      }
      const seen = new Map((await store.view()).map((view) => [view.circuit, view]));
      assertEqual([...seen.keys()].sort(), [...unusualNames].sort(), 'the circuits of the view');
      for (const [i, name] of unusualNames.entries()) {
        const { memberIds, version } = seen.get(name)!;
        const expected = [name, `${name}~1`, `${name}~2`].sort();
        assertEqual([...memberIds].sort(), expected, `the members of "${name}"`);
        assertEqual(version.epoch, i, `the epoch of "${name}"`);
      }
    },
  },
  {
    name: 'gives the same replies from every instance on the same data',
    async run(harness: StoreHarness): Promise<void> {
      const talk = await Conversation.begin(harness);
      const opened = await talk.open(5000);
      const reply = await send(harness.peer, plainMessage(talk.circuit, 'opener'));
      assertEqual(reply, opened, 'the reply of the other instance');
    },
  },
];

function operatorReset(circuit: string): CircuitMessage {
  return { ...plainMessage(circuit, ''), ttl: 0, command: 'reset' };
}
