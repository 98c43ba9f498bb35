import type {
  CircuitMessage,
  CircuitReply,
  Command,
  Proposal,
  TrialSettlement,
  TrialRule,
  UnchangedReply,
  Version,
} from '../store.ts';
import { plainMessage } from './conversation.ts';

const rules: readonly TrialRule[] = [
  { calls: 4, closeAt: 3, openAt: 2, concurrent: 2 },
  { calls: 1, closeAt: 1, openAt: 1, concurrent: 1 },
  { calls: 8, closeAt: 5, openAt: 4, concurrent: 8 },
];
const commands: readonly Command[] = ['isolate', 'release', 'release', 'reset'];
const outcomes = ['success', 'success', 'failure', 'release'] as const;
const states = ['OPEN', 'OPEN', 'OPEN', 'CLOSED', 'ISOLATED'] as const;
const causes = ['quorum', 'pooled', 'trials', 'recovered', 'restored'] as const;
const spans = [1000, 1000, 1000, 3333, 0];
const ttls = [1500, 1500, 3000, 400, 0];
const quietTtls = [undefined, 4000, 20_000, 100_000];

/**
 * A member that does what a node may do, but at random: it proposes transitions without a reason, settles
 * trial slots that it does not hold, and sends outdated versions.
 */
export class RandomMember {
  readonly circuit: string;
  readonly id: string;
  readonly #random: () => number;
  readonly #isQuiet: boolean;
  #stamp: number | undefined = undefined;
  #version: Version = { generation: '', epoch: 0 };
  #totals = { successes: 0, failures: 0 };
  #acked = { successes: 0, failures: 0 };
  #fences: number[] = [];

  /** @param isQuiet whether it now and then sends a quiet message */
  constructor(circuit: string, id: string, random: () => number, isQuiet = false) {
    this.circuit = circuit;
    this.id = id;
    this.#random = random;
    this.#isQuiet = isQuiet;
  }

  /** The next message. */
  nextMessage(): CircuitMessage {
    const plain = plainMessage(this.circuit, this.id);
    if (this.#happens(0.03)) {
      return { ...plain, member: '', ttl: 0, command: this.#one(commands) };
    }
    this.#work();
    return {
      ...plain,
      ttl: this.#one(ttls),
      version: this.#randomVersion(),
      open: this.#happens(0.4),
      ...this.#totals,
      ackedSuccesses: this.#acked.successes,
      ackedFailures: this.#acked.failures,
      span: this.#one(spans),
      begun: this.#some(0.5),
      settled: this.#some(0.5).map((fence): TrialSettlement => ({
        fence,
        outcome: this.#one(outcomes),
      })),
      trialTimeout: this.#one([500, 2000]),
      leaseTime: this.#one([300, 1000]),
      rule: this.#one(rules),
      ...(this.#happens(0.12) && { propose: this.#proposal() }),
      ...(this.#happens(0.01) && { command: this.#one(commands) }),
      want: this.#happens(0.5) ? this.#upTo(4) : 0,
      ...(this.#isQuiet && this.#quiet()),
    };
  }

  /** Called with the reply. */
  receive(reply: CircuitReply | UnchangedReply): void {
    if (reply.unchanged) return;
    const { version, granted, state, stamp } = reply;
    this.#version = version;
    this.#stamp = stamp;
    this.#acked = { ...this.#totals };
    if (state !== 'HALF_OPEN' && this.#happens(0.5)) this.#fences = [];
    this.#fences = [...this.#fences, ...granted].slice(-6);
  }

  #work(): void {
    const { successes, failures } = this.#totals;
    const more = { successes: this.#upTo(5), failures: this.#upTo(3) };
    // Now and then the process has restarted.
    if (this.#happens(0.02)) this.#totals = more;
    else {
      this.#totals = { successes: successes + more.successes, failures: failures + more.failures };
    }
  }

  #randomVersion(): Version {
    const kind = this.#random();
    if (kind < 0.9) return this.#version;
    if (kind < 0.93) return { generation: '', epoch: 0 };
    if (kind < 0.95) return { generation: 'another', epoch: this.#version.epoch };
    return { ...this.#version, epoch: Math.max(0, this.#version.epoch + this.#upTo(4) - 2) };
  }

  /** A node is quiet only if it has nothing to say, but a store need not know that. */
  #quiet(): Pick<CircuitMessage, 'quiet' | 'quietTtl'> {
    const stamp = this.#stamp !== undefined && this.#happens(0.1) ? this.#stamp + 1 : this.#stamp;
    const quietTtl = this.#one(quietTtls);
    return {
      ...(quietTtl !== undefined && { quietTtl }),
      ...(stamp !== undefined && this.#happens(0.6) && { quiet: stamp }),
    };
  }

  #proposal(): Proposal {
    const to = this.#one(states);
    const wait = to === 'OPEN' ? this.#upTo(2000) + this.#one([0, 0.5]) : 0;
    return { to, wait, openings: to === 'OPEN' ? 1 + this.#upTo(5) : 0, cause: this.#one(causes) };
  }

  /** Some of its trial slots, and now and then one that it does not hold. */
  #some(probability: number): number[] {
    const own = this.#fences.filter(() => this.#happens(probability));
    return this.#happens(0.05) ? [...own, this.#upTo(40)] : own;
  }

  #happens(probability: number): boolean {
    return this.#random() < probability;
  }

  #upTo(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #one<T>(choices: readonly T[]): T {
    return choices[this.#upTo(choices.length)]!;
  }
}
