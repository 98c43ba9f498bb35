import { CircuitBreakerPolicy } from '@highway/resilience';
import { quorum } from '@highway/fleet';
import type { Random } from '@highway/resilience';
import type { Notice, CircuitMessage, CircuitReply, UnchangedReply } from '@highway/fleet';
import { AttachedBreaker } from '../../src/attached-breaker.ts';
import { NodeCircuit } from '../../src/coordination/node-circuit.ts';
import { circuitTimes } from '../../src/fleet-options.ts';
import type { VirtualTime } from './virtual-time.ts';

export const circuit = 'payments';
export const syncInterval = 500;
export const maxTrialCalls = 10;

/** Delivers a message to the store, and its reply back. */
export type Exchange = (
  message: CircuitMessage,
  answer: (reply: CircuitReply | UnchangedReply) => void,
) => void;

/** What all nodes share. */
export interface OutageWorld {
  readonly time: VirtualTime;
  readonly random: Random;
}

/**
 * A process with the real breaker and the real protocol. Its session is minimal: a sync each interval,
 * urgent circuits at once, one exchange at a time.
 */
export class OutageNode {
  readonly breaker: CircuitBreakerPolicy;
  readonly machine: NodeCircuit;
  readonly #time: VirtualTime;
  readonly #exchange: Exchange;
  #busy = false;

  constructor(member: string, world: OutageWorld, exchange: Exchange) {
    const { time, random } = world;
    this.#time = time;
    this.#exchange = exchange;
    this.breaker = new CircuitBreakerPolicy({
      name: circuit,
      clock: time,
      failureThreshold: '3/6',
      successThreshold: `8/${maxTrialCalls}`,
      cooldown: '3s',
    });
    const port = new AttachedBreaker(this.breaker, time, {
      wake: () => {
        this.#wake();
      },
      failed: (error) => {
        throw error;
      },
    });
    const rules = {
      circuit,
      member,
      trip: quorum('1/2'),
      random,
      ...circuitTimes(syncInterval, 2 * syncInterval),
    };
    this.machine = new NodeCircuit(rules, port);
    port.connect(this.machine);
  }

  sync(): void {
    if (this.#busy) return;
    this.#busy = true;
    const sent = this.machine.message(this.#time.now());
    this.#exchange(sent.message, (reply) => {
      this.#busy = false;
      this.machine.answered(sent, reply, this.#time.now());
      this.#wake();
    });
  }

  hear(change: Notice): void {
    this.machine.noticed(change, this.#time.now());
    this.#wake();
  }

  #wake(): void {
    if (this.machine.urgent) this.sync();
  }
}
