import { seededRandom } from '@highway/resilience/testing';
import { LiveProcesses } from '../coordination/live-processes.ts';
import { mergeMessage } from '../coordination/merge.ts';
import { freshRecord } from '../coordination/record.ts';
import type { CircuitRecord } from '../coordination/record.ts';
import { viewOf } from '../coordination/view.ts';
import type {
  Notice,
  CircuitMessage,
  CircuitReply,
  CircuitView,
  UnchangedReply,
} from '../store.ts';
import { RandomMember } from './random-member.ts';
import { startTime } from './conversation.ts';

/** One exchange, with the replies and notices of the reference. */
export interface TraceStep {
  /** The time of the store's clock. */
  readonly now: number;
  readonly messages: readonly CircuitMessage[];
  readonly replies: readonly (CircuitReply | UnchangedReply)[];
  readonly notices: readonly Notice[];
}

/** A random history of a fleet. Its generations are those of the reference; a store has its own. */
export interface RandomTrace {
  readonly steps: readonly TraceStep[];
  /** What operators see at the end. */
  readonly views: readonly CircuitView[];
}

const circuits = ['payments', 'search'];

/** Options of `randomTrace`. */
export interface RandomTraceOptions {
  /** The number of exchanges that reach the store. */
  readonly length?: number | undefined;
  /** Whether some messages are quiet, and circuits stay so for a while. */
  readonly quiet?: boolean | undefined;
}

/**
 * Messages of members to a store whose clock jumps, with the replies of the reference. Some messages are
 * lost, repeated or delayed. The same seed gives the same trace.
 */
export function randomTrace(
  seed: number,
  { length = 250, quiet = false }: RandomTraceOptions = {},
): RandomTrace {
  const random = seededRandom(seed);
  const records = new Map<string, CircuitRecord>();
  const members = circuits.flatMap((circuit) =>
    Array.from({ length: 5 }, (_, i) => new RandomMember(circuit, `m${i}`, random, quiet)),
  );
  const processes = new LiveProcesses();
  const sent: CircuitMessage[] = [];
  const steps: TraceStep[] = [];
  let now = startTime;
  while (steps.length < length) {
    now += randomPause(random);
    const senders = chooseSenders(members, random);
    const messages = senders.map((sender) =>
      random() < 0.08
        ? (earlier(sent, sender.circuit, random) ?? sender.nextMessage())
        : sender.nextMessage(),
    );
    sent.push(...messages);
    // Some messages are lost, and so are some replies.
    if (random() < 0.05) continue;
    const merged = processes
      .heard(messages, now)
      .map((message) => mergeMessage(recordOf(records, message.circuit, now), message, now));
    const replies = merged.map(({ reply }) => reply);
    steps.push({ now, messages, replies, notices: merged.flatMap(({ notices }) => notices) });
    senders.forEach((sender, i) => {
      if (random() < 0.93 && messages[i]!.member === sender.id) sender.receive(replies[i]!);
    });
  }
  const views = Array.from(records, ([circuit, record]) => viewOf(record, circuit, now, processes));
  return { steps, views };
}

type Random = () => number;

function recordOf(records: Map<string, CircuitRecord>, circuit: string, now: number) {
  const record = records.get(circuit) ?? freshRecord(`reference of ${circuit}`, now);
  records.set(circuit, record);
  return record;
}

/** Mostly short; sometimes a jump forward, a step back, or a clock that was set. */
function randomPause(random: Random): number {
  const kind = random();
  if (kind < 0.15) return 0;
  if (kind < 0.88) return Math.floor(random() * 300);
  if (kind < 0.94) return Math.floor(random() * 4000);
  if (kind < 0.97) return -Math.floor(random() * 1100);
  return Math.floor((random() - 0.5) * 100_000);
}

/** One member, or one of each circuit. */
function chooseSenders(members: readonly RandomMember[], random: Random): RandomMember[] {
  const half = members.length / circuits.length;
  const chosen = circuits.map((_, i) => members[i * half + Math.floor(random() * half)]!);
  return random() < 0.3 ? chosen : [chosen[random() < 0.7 ? 0 : 1]!];
}

function earlier(sent: readonly CircuitMessage[], circuit: string, random: Random) {
  const own = sent.filter((message) => message.circuit === circuit).slice(-12);
  return own[Math.floor(random() * own.length)];
}
