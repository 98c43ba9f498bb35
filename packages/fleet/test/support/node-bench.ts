import { NodeCircuit } from '../../src/coordination/node-circuit.ts';
import type { NodeCircuitRules, Sent } from '../../src/coordination/node-circuit.ts';
import type { Notice, CircuitMessage, CircuitReply, Version } from '../../src/store.ts';
import { quorum } from '../../src/trip.ts';
import { PortBench } from './port-bench.ts';

/** The reply of a store with a closed circuit and one node. */
const closed: CircuitReply = {
  circuit: 'payments',
  version: version(0),
  state: 'CLOSED',
  cause: 'none',
  remaining: 0,
  openings: 0,
  members: 1,
  votes: 0,
  successes: 0,
  failures: 0,
  granted: [],
};

export function version(epoch: number, generation = 'one'): Version {
  return { generation, epoch };
}

/** A notice that the circuit is open at epoch 1. */
export const open = { version: version(1), state: 'OPEN', cause: 'quorum', openings: 1 } as const;

/** The node's side of a circuit, with a store whose replies and times the test sets. */
export class NodeBench {
  readonly port = new PortBench();
  readonly node: NodeCircuit;
  now = 0;

  constructor(rules: Partial<NodeCircuitRules> = {}) {
    this.node = new NodeCircuit(
      {
        circuit: 'payments',
        member: 'a~1',
        trip: quorum('1/2'),
        ttlMs: 1500,
        quietTtlMs: 900_000,
        refreshMs: 300_000,
        random: () => 0.5,
        useMs: 1000,
        leaseMs: 2500,
        claimPauseMs: 500,
        ...rules,
      },
      this.port,
    );
    this.port.listener = (newState, cause) => {
      this.node.breakerMoved(newState, cause);
    };
  }

  send(ttl?: number): Sent {
    return this.node.message(this.now, ttl);
  }

  /** The store's reply to a message, with overrides. */
  hear(sent: Sent, reply: Partial<CircuitReply> = {}): void {
    this.node.answered(sent, { ...closed, ...reply }, this.now);
  }

  /** The reply that nothing has changed. */
  hearUnchanged(sent: Sent, members = 1): void {
    const { circuit, version: known } = sent.message;
    this.node.answered(sent, { circuit, version: known, unchanged: true, members }, this.now);
  }

  /** Sends a message, which gets a reply at once. */
  exchange(reply: Partial<CircuitReply> = {}): CircuitMessage {
    const sent = this.send();
    this.hear(sent, reply);
    return sent.message;
  }

  /** Delivers a notice. */
  notice(change: Partial<Notice>): void {
    const { circuit, state, cause, remaining, openings, version } = closed;
    const told = { circuit, state, cause, remaining, openings, version, ...change };
    this.node.noticed(told, this.now);
  }

  /** Loses an exchange; the node works alone. */
  lose(): void {
    this.node.lost(this.send());
    this.node.degrade();
  }
}
