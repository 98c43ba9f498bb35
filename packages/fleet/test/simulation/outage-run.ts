import type { Random } from '@highway/resilience';
import type { Notice, CircuitMessage, CircuitReply, UnchangedReply } from '@highway/fleet';
import { seededRandom } from '@highway/resilience/testing';
import { mergeMessage } from '../../src/coordination/merge.ts';
import { freshRecord } from '../../src/coordination/record.ts';
import { OutageNode, syncInterval } from './outage-node.ts';
import type { Exchange } from './outage-node.ts';
import { VirtualTime } from './virtual-time.ts';

/** The parameters of a simulated outage. */
export interface OutagePlan {
  readonly nodes: number;
  readonly seed: number;
  /** Whether notices arrive; without them, nodes learn of transitions by their next sync. */
  readonly notices: boolean;
}

/** The store's load in one second. */
export interface Second {
  operations: number;
  /** The messages that the store merged: the others only asked whether there is news. */
  merges: number;
  bytes: number;
}

/** The schedule in ms: joining takes the first second. */
const times = { down: 3000, up: 5000, end: 9500 };
const callsPerSecond = 4;
const callMs = 20;

/** A fleet and a dependency that is down for two seconds, in virtual time. */
export class OutageRun {
  readonly seconds: Second[] = [];
  /** Trial calls that reached the dependency, in all half-open periods. */
  trialCalls = 0;
  /** How often the circuit was half-open. */
  periods = 0;
  /** From the vote that completed the quorum until the last node rejected calls, in ms. */
  agreementMs = Number.NaN;
  readonly #plan: OutagePlan;
  readonly #time = new VirtualTime();
  readonly #random: Random;
  readonly #record = freshRecord('one', 0);
  readonly #nodes: OutageNode[] = [];
  #quorumAt: number | undefined = undefined;
  #unaware = new Set<OutageNode>();

  constructor(plan: OutagePlan) {
    this.#plan = plan;
    this.#random = seededRandom(plan.seed);
  }

  run(): this {
    for (let i = 0; i < this.#plan.nodes; i++) this.#start(`node-${String(i)}~abcdefghijkl`);
    this.#unaware = new Set(this.#nodes);
    this.#time.runUntil(times.end);
    return this;
  }

  get recovered(): boolean {
    return (
      this.#record.state === 'CLOSED' &&
      this.#nodes.every(({ breaker }) => breaker.state === 'CLOSED')
    );
  }

  #start(member: string): void {
    const world = { time: this.#time, random: this.#random };
    const node: OutageNode = new OutageNode(member, world, (message, answer) => {
      this.#carry(node, message, answer);
    });
    this.#nodes.push(node);
    node.breaker.on('stateChange', ({ newState }) => {
      if (newState === 'OPEN' && this.#unaware.delete(node)) this.#noteAware();
    });
    this.#time.after(this.#random() * syncInterval, () => {
      this.#sync(node);
    });
    this.#time.after(this.#random() * 1000, () => {
      this.#call(node);
    });
  }

  #sync(node: OutageNode): void {
    node.sync();
    this.#time.after(syncInterval * (0.9 + 0.1 * this.#random()), () => {
      this.#sync(node);
    });
  }

  #call(node: OutageNode): void {
    this.#time.after((500 + this.#random() * 1000) / callsPerSecond, () => {
      this.#call(node);
    });
    const permit = node.breaker.tryAcquire();
    if (permit === undefined) return;
    if (node.breaker.state === 'HALF_OPEN' && node.machine.state !== 'CLOSED') this.trialCalls++;
    this.#time.after(callMs, () => {
      const now = this.#time.now();
      if (now >= times.down && now < times.up) permit.failure(new Error('down'));
      else permit.success();
    });
  }

  /** A round trip; the store itself takes no time. */
  #carry(node: OutageNode, message: CircuitMessage, answer: Parameters<Exchange>[1]): void {
    this.#time.after(this.#latency(), () => {
      const { reply, notices } = mergeMessage(this.#record, message, this.#time.now());
      this.#count(message, reply);
      for (const notice of notices) this.#announce(notice);
      const votes = reply.unchanged ? 0 : reply.votes;
      if (votes * 2 >= this.#plan.nodes) this.#quorumAt ??= this.#time.now();
      this.#time.after(this.#latency(), () => {
        answer(reply);
        if (node.machine.state === 'OPEN' && this.#unaware.delete(node)) this.#noteAware();
      });
    });
  }

  #announce(notice: Notice): void {
    if (notice.state === 'HALF_OPEN') this.periods++;
    const size = JSON.stringify(notice).length;
    if (!this.#plan.notices) return;
    for (const node of this.#nodes) {
      this.#second().bytes += size;
      this.#time.after(this.#latency(), () => {
        node.hear(notice);
      });
    }
  }

  #noteAware(): void {
    if (this.#unaware.size === 0 && this.#quorumAt !== undefined)
      this.agreementMs = this.#time.now() - this.#quorumAt;
  }

  #count(message: CircuitMessage, reply: CircuitReply | UnchangedReply): void {
    const second = this.#second();
    second.operations++;
    const { circuit, version, quiet } = message;
    if (reply.unchanged) {
      second.bytes += JSON.stringify({ circuit, version, quiet }).length;
      return;
    }
    second.merges++;
    second.bytes += JSON.stringify(message).length + JSON.stringify(reply).length;
  }

  #second(): Second {
    return (this.seconds[Math.floor(this.#time.now() / 1000)] ??= {
      operations: 0,
      merges: 0,
      bytes: 0,
    });
  }

  /** One way in ms: at least 0.5, 2 on average, now and then 10. */
  #latency(): number {
    return 0.5 - 1.5 * Math.log(1 - this.#random());
  }
}
