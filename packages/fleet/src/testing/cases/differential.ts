import type { CircuitMessage, CircuitReply, CircuitView, UnchangedReply } from '../../store.ts';
import { StoreContractError, assertEqual, eventually } from '../assertions.ts';
import { randomTrace } from '../random-trace.ts';
import type { RandomTrace, TraceStep } from '../random-trace.ts';
import type { StoreCase, StoreHarness } from '../store-harness.ts';

const tracesPerCase = 5;

/** Random histories: the store must give the replies of the reference. */
export const differentialCases: readonly StoreCase[] = [
  ...[1, 6, 11, 16].map((first) => differentialCase(first, false)),
  ...[21, 26].map((first) => differentialCase(first, true)),
];

function differentialCase(first: number, quiet: boolean): StoreCase {
  const histories = quiet ? 'random histories with quiet members' : 'random histories';
  return {
    name: `answers ${histories} as the reference does, seeds ${first} to ${first + 4}`,
    ...(quiet && { needs: 'quiet' }),
    async run(harness: StoreHarness): Promise<void> {
      for (let seed = first; seed < first + tracesPerCase; seed++) {
        await replay(harness, randomTrace(seed, { quiet }), seed);
      }
    },
  };
}

/** The store's generation for each generation of the reference. */
type Generations = Map<string, string>;

async function replay(
  harness: StoreHarness,
  { steps, views }: RandomTrace,
  seed: number,
): Promise<void> {
  const generations: Generations = new Map();
  // Each seed has its own circuits and members, because the store stays the same.
  const named = (circuit: string): string => `${circuit} ${seed}`;
  const heard: unknown[] = [];
  const unsubscribe = await harness.peer.subscribe((notice) => {
    heard.push({ ...notice, version: notice.version.epoch });
  });
  try {
    for (const [i, step] of steps.entries()) {
      await harness.setTime(step.now);
      const messages = step.messages.map((message) => translate(message, generations, named));
      const replies = await (i % 3 === 0 ? harness.peer : harness.store).exchange(messages);
      checkReplies(replies, step, { generations, named, where: `seed ${seed}, step ${i}` });
    }
    await checkNotices(heard, steps, named);
  } finally {
    await unsubscribe();
  }
  const seen = await harness.store.view();
  for (const expected of views) {
    const view = seen.find(({ circuit }) => circuit === named(expected.circuit));
    const what = `seed ${seed}, the view of ${expected.circuit}`;
    const { circuit, memberIds } = expected;
    const right = { ...expected, circuit: named(circuit), memberIds: memberIds.map(named) };
    assertEqual(view && comparableView(view), comparableView(right), what);
  }
}

function translate(
  message: CircuitMessage,
  generations: Generations,
  named: (circuit: string) => string,
): CircuitMessage {
  const { circuit, member, version } = message;
  const { generation, epoch } = version;
  return {
    ...message,
    circuit: named(circuit),
    member: member === '' ? '' : named(member),
    version: { generation: generations.get(generation) ?? generation, epoch },
  };
}

interface ReplyContext {
  readonly generations: Generations;
  readonly named: (circuit: string) => string;
  readonly where: string;
}

function checkReplies(
  replies: readonly (CircuitReply | UnchangedReply)[],
  step: TraceStep,
  { generations, named, where }: ReplyContext,
): void {
  assertEqual(replies.length, step.replies.length, `${where}, the number of replies`);
  step.replies.forEach((expected, i) => {
    const reply = replies[i]!;
    const { generation } = expected.version;
    const known = generations.get(generation) ?? reply.version.generation;
    generations.set(generation, known);
    const version = { ...expected.version, generation: known };
    // A store without support for quiet messages gives no stamps.
    const unstamped = reply.unchanged === undefined && reply.stamp === undefined;
    const right = {
      ...expected,
      circuit: named(expected.circuit),
      version,
      ...(unstamped && { stamp: undefined }),
    };
    try {
      assertEqual(reply, right, `${where}, reply ${i}`);
    } catch (error) {
      const asked = JSON.stringify(step.messages[i]);
      throw new StoreContractError(`${(error as Error).message}, to ${asked}`, { cause: error });
    }
  });
}

async function checkNotices(
  heard: readonly unknown[],
  steps: readonly TraceStep[],
  named: (circuit: string) => string,
): Promise<void> {
  const expected = steps
    .flatMap(({ notices }) => notices)
    .map((notice) => ({
      ...notice,
      circuit: named(notice.circuit),
      version: notice.version.epoch,
    }));
  const circuits = new Set(expected.map(({ circuit }) => circuit));
  // In a cluster, notices of the previous seed may still come.
  const count = (): number =>
    heard.filter((notice) => circuits.has((notice as { circuit: string }).circuit)).length;
  await eventually(
    () => count() >= expected.length,
    () => `${expected.length} notices; there were ${count()}`,
  );
  // Notices of different circuits may arrive in any order.
  for (const circuit of circuits) {
    const of = (notices: readonly unknown[]): unknown[] =>
      notices.filter((notice) => (notice as { circuit: string }).circuit === circuit);
    assertEqual(of(heard), of(expected), `the notices of ${circuit}`);
  }
}

function comparableView({ version, memberIds, ...view }: CircuitView): object {
  return { ...view, epoch: version.epoch, memberIds: [...memberIds].sort() };
}
