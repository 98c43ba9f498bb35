import type {
  CircuitMessage,
  CircuitReply,
  Command,
  FleetStore,
  UnchangedReply,
  Version,
} from '../store.ts';
import { assertEqual, assertThat } from './assertions.ts';
import type { StoreHarness } from './store-harness.ts';

/** The time at which each case starts. */
export const startTime = 1_750_000_000_000;

const noVersion: Version = { generation: '', epoch: 0 };

/** A message that only says that its member is alive. */
export function plainMessage(circuit: string, member: string): CircuitMessage {
  return {
    circuit,
    member,
    ttl: 3000,
    version: noVersion,
    open: false,
    successes: 0,
    failures: 0,
    ackedSuccesses: 0,
    ackedFailures: 0,
    span: 0,
    settled: [],
    begun: [],
    trialTimeout: 5000,
    leaseTime: 1000,
    rule: { calls: 4, closeAt: 3, openAt: 2, concurrent: 2 },
    want: 0,
  };
}

/** Sends one message, and checks that there is one full reply. */
export async function send(store: FleetStore, message: CircuitMessage): Promise<CircuitReply> {
  const reply = await sendQuiet(store, message);
  assertThat(reply.unchanged === undefined, 'the reply says only that nothing has changed');
  return reply;
}

/** Sends one message, which may be quiet, and checks that there is one reply. */
export async function sendQuiet(
  store: FleetStore,
  message: CircuitMessage,
): Promise<CircuitReply | UnchangedReply> {
  const replies = await store.exchange([message]);
  assertEqual(replies.length, 1, 'the number of replies');
  const reply = replies[0]!;
  assertEqual(reply.circuit, message.circuit, 'the circuit of the reply');
  return reply;
}

/** Checks that all replies are full. */
export function fullReplies(
  replies: readonly (CircuitReply | UnchangedReply)[],
): readonly CircuitReply[] {
  return replies.map((reply) => {
    assertThat(reply.unchanged === undefined, 'a reply says only that nothing has changed');
    return reply;
  });
}

/** Exchanges of members with a store about one circuit, at times that the case sets. */
export class Conversation {
  readonly circuit: string;
  /** The version of the last reply. */
  version: Version = noVersion;
  /** The stamp of the last full reply. */
  stamp: number | undefined = undefined;
  /** The number of members in the last reply that nothing has changed. */
  unchangedMembers: number | undefined = undefined;
  readonly #harness: StoreHarness;
  #now: number = startTime;

  private constructor(harness: StoreHarness, circuit: string) {
    this.#harness = harness;
    this.circuit = circuit;
  }

  static async begin(harness: StoreHarness, circuit = 'payments'): Promise<Conversation> {
    await harness.setTime(startTime);
    return new Conversation(harness, circuit);
  }

  get now(): number {
    return this.#now;
  }

  /** Lets time pass; a negative time sets the clock back. */
  async pass(ms: number): Promise<void> {
    this.#now += ms;
    await this.#harness.setTime(this.#now);
  }

  /** A message of a member that knows the version of the last reply. */
  message(member: string, report: Partial<CircuitMessage> = {}): CircuitMessage {
    return { ...plainMessage(this.circuit, member), version: this.version, ...report };
  }

  /** Sends a message of a member. */
  async say(member: string, report: Partial<CircuitMessage> = {}): Promise<CircuitReply> {
    const reply = await send(this.#harness.store, this.message(member, report));
    this.version = reply.version;
    this.stamp = reply.stamp;
    return reply;
  }

  /** Sends a quiet message of a member; returns the full reply if the store has merged it. */
  async sayQuiet(
    member: string,
    report: Partial<CircuitMessage> = {},
  ): Promise<CircuitReply | undefined> {
    const message = this.message(member, { quiet: this.stamp, ...report });
    const reply = await sendQuiet(this.#harness.store, message);
    if (reply.unchanged) {
      const { circuit, version } = message;
      const { members } = reply;
      const expected = { circuit, version, unchanged: true, members };
      assertEqual(reply, expected, 'the reply without a change');
      this.unchangedMembers = members;
      return undefined;
    }
    this.version = reply.version;
    this.stamp = reply.stamp;
    return reply;
  }

  /** Sends a command of an operator. */
  command(command: Command): Promise<CircuitReply> {
    return this.say('', { command, ttl: 0, version: noVersion });
  }

  /** Opens the circuit for a wait. */
  async open(wait = 1000, openings = 1): Promise<CircuitReply> {
    const { state } = await this.say('opener');
    const propose = { to: 'OPEN', wait, openings, cause: 'quorum' } as const;
    const reply = await this.say('opener', { propose });
    assertEqual(reply.state, 'OPEN', `the state after a ${state} circuit was proposed to open`);
    return reply;
  }

  /** Opens the circuit without a wait and makes a member ask for trial slots. */
  async startTrials(
    member: string,
    report: Partial<CircuitMessage> = {},
  ): Promise<readonly number[]> {
    await this.open(0);
    const { state, granted } = await this.say(member, { want: 1, ...report });
    assertEqual(state, 'HALF_OPEN', 'the state after a request for a trial slot');
    assertThat(granted.length > 0, 'the first trial slot was not granted');
    return granted;
  }
}
