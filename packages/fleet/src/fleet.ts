/// <reference lib="esnext.disposable" preserve="true" />
import type { CircuitBreakerPolicy } from '@highway/resilience';
import { checkKeys } from '@highway/resilience/options';
import { AttachedBreaker } from './attached-breaker.ts';
import { NodeCircuit } from './coordination/node-circuit.ts';
import { operatorMessage } from './coordination/operator.ts';
import { FleetError } from './errors.ts';
import type { FleetErrorOptions } from './errors.ts';
import { FleetEvents } from './events.ts';
import type { FleetEvent, FleetEventType } from './events.ts';
import { readName, resolveOptions } from './fleet-options.ts';
import type { FleetOptions, FleetRules } from './fleet-options.ts';
import { answeredOf, eachOf, isDamaged, replyAbout, viewAbout } from './damaged-circuits.ts';
import { withoutSecrets } from './safe-error.ts';
import { Session } from './session.ts';
import type { CircuitView, Command, FleetState } from './store.ts';
import { resolveTrip } from './trip.ts';
import type { Trip } from './trip.ts';

/** How a breaker takes part. */
export interface AttachOptions {
  /** When the circuit opens for the whole fleet. Made by `quorum` or `pooled`. */
  readonly trip: Trip;
}

/** Whether there is a store: `degraded` nodes go by their own breakers. */
export type FleetStatus = 'connected' | 'degraded';

/** A process of the fleet. */
export interface FleetMember {
  readonly nodeId: string;
  /** What tells it from others of the same name. */
  readonly incarnation: string;
  /** The circuits that it has attached. */
  readonly circuits: readonly string[];
}

/**
 * One circuit for a whole fleet of processes. Each attached breaker opens for itself as ever, and
 * for all when the fleet says so; of a half-open circuit the fleet deals out the test calls.
 *
 * No call ever waits for the store: calls read local memory, and the node and the store tell each
 * other what they know beside them. Without a store each node goes on with its own breaker.
 *
 * @example
 * const fleet = new Fleet({ store: new RedisStore({ client }) });
 * await fleet.join();
 * const breaker = fleet.attach(new CircuitBreakerPolicy({ name: 'payments' }), {
 *   trip: quorum('1/2'),
 * });
 */
export class Fleet implements AsyncDisposable {
  readonly nodeId: string;
  readonly #rules: FleetRules;
  readonly #session: Session;
  readonly #events = new FleetEvents();
  readonly #circuits = new Map<string, NodeCircuit>();
  readonly #breakers = new Map<string, AttachedBreaker>();
  readonly #states = new Map<string, FleetState>();
  #joining: Promise<void> | undefined = undefined;
  #leaving: Promise<void> | undefined = undefined;

  /** Throws a `TypeError` or `RangeError` that names the option for any that is bad or unknown. */
  constructor(options: FleetOptions) {
    this.#rules = resolveOptions(options);
    this.nodeId = this.#rules.nodeId;
    this.#session = new Session(this.#rules, {
      circuits: () => this.#circuits.values(),
      circuit: (circuit) => this.#circuits.get(circuit),
      connection: (connected) => {
        this.#events.emit('status', { status: connected ? 'connected' : 'degraded' });
      },
      failed: (error) => {
        this.#failed(error);
      },
      updated: (circuit) => {
        this.#updated(circuit);
      },
    });
  }

  /** Whether there is a store; `degraded` before `join` and after `leave`. */
  get status(): FleetStatus {
    return this.#session.connected ? 'connected' : 'degraded';
  }

  /**
   * Begins to take part; resolves when the node knows the fleet's state, or when the store has not
   * answered in time. It never rejects for want of a store: `status` says how it went.
   */
  async join(): Promise<void> {
    this.#throwIfLeft();
    await (this.#joining ??= this.#session.start());
  }

  /**
   * Lets a breaker take part, and gives it back. It may be attached before or after `join`.
   *
   * Throws for a breaker without a name, of a name that is taken, or that is in a fleet already or
   * has another supervisor of its test calls.
   */
  attach<Breaker extends CircuitBreakerPolicy>(breaker: Breaker, options: AttachOptions): Breaker {
    this.#throwIfLeft();
    checkKeys('attach', options, ['trip']);
    const trip = resolveTrip(options.trip, breaker);
    const circuit = readName('name', breaker.name);
    const port = new AttachedBreaker(breaker, this.#rules.clock, {
      wake: () => {
        this.#session.wake();
      },
      failed: (error) => {
        this.#failed(error);
      },
    });
    if (this.#circuits.has(circuit)) {
      throw new TypeError(`name: "${circuit}" is taken by another breaker of this process`);
    }
    const node = new NodeCircuit({ circuit, trip, ...this.#rules.circuitRules }, port);
    port.connect(node);
    this.#circuits.set(circuit, node);
    this.#breakers.set(circuit, port);
    void this.#session.syncNow();
    return breaker;
  }

  /** The circuits attached by this process, and the fleet's states as it knows them. */
  get states(): ReadonlyMap<string, FleetState> {
    return new Map(Array.from(this.#circuits, ([circuit, node]) => [circuit, node.state]));
  }

  /** Exchanges with the store now; resolves when that is over, well or not. */
  async sync(): Promise<void> {
    await this.#session.syncNow();
  }

  /**
   * Refuses every call of every node, until `release` or `reset`. Rejects without a store; one that
   * did not answer in time may have heard it nevertheless, so ask again: twice is as good as once.
   */
  async isolate(circuit: string): Promise<void> {
    await this.#command(circuit, 'isolate');
  }

  /** Ends an isolation: the state before it is back. Rejects as `isolate` does. */
  async release(circuit: string): Promise<void> {
    await this.#command(circuit, 'release');
  }

  /** Closes a circuit on every node, whatever its state. Rejects as `isolate` does. */
  async reset(circuit: string): Promise<void> {
    await this.#command(circuit, 'reset');
  }

  /** The live processes, by name. Asks the store, and rejects without one. */
  async members(): Promise<readonly FleetMember[]> {
    const members = new Map<string, FleetMember & { circuits: string[] }>();
    for (const { circuit, memberIds } of await this.circuits()) {
      for (const id of memberIds) {
        const [nodeId, incarnation] = splitAtLast(id);
        const member = members.get(id) ?? { nodeId, incarnation, circuits: [] };
        member.circuits.push(circuit);
        members.set(id, member);
      }
    }
    return [...members.values()].sort((a, b) => a.nodeId.localeCompare(b.nodeId));
  }

  /**
   * Every circuit of the store that can be read; `storeError` tells of each that can't. Asks the
   * store, and rejects without one and where none can be read.
   */
  async circuits(): Promise<readonly CircuitView[]> {
    const given = await this.#ask((signal) => this.#rules.store.view(signal));
    if (!Array.isArray(given)) throw invalidReply('The store gave no list of circuits');
    const views = given.map(viewAbout);
    const damaged = views.filter(isDamaged);
    if (damaged.length > 0 && damaged.length === views.length) {
      throw withoutSecrets(damaged[0]) as Error;
    }
    for (const error of damaged) this.#failed(error);
    return answeredOf(views);
  }

  /** Hears what happens to the fleet; returns what removes the listener. */
  on<Type extends FleetEventType>(
    type: Type,
    listener: (event: FleetEvent<Type>) => void,
  ): () => void {
    return this.#events.add(type, listener);
  }

  /**
   * Takes leave: outcomes that the store has not heard of are told, places are given back. The
   * breakers go on by their own rules. Never rejects for want of a store. A fleet that was left
   * can't be joined again: make a new one.
   */
  leave(): Promise<void> {
    return (this.#leaving ??= this.#leave());
  }

  /** As `leave`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.leave();
  }

  async #leave(): Promise<void> {
    await this.#session.stop();
    for (const circuit of this.#circuits.values()) circuit.leave();
    for (const port of this.#breakers.values()) port.disconnect();
    this.#circuits.clear();
    this.#breakers.clear();
  }

  #throwIfLeft(): void {
    if (this.#leaving === undefined) return;
    const message = 'This process has left the fleet: create a new Fleet to join again';
    throw new FleetError('ERR_FLEET_LEFT', message);
  }

  async #command(circuit: string, command: Command): Promise<void> {
    const message = operatorMessage(readName('circuit', circuit), command);
    const { store } = this.#rules;
    const replies = await this.#ask((signal) => store.exchange([message], signal));
    if (!Array.isArray(replies)) {
      throw invalidReply(`The store gave no reply for ${circuit}`, { circuit });
    }
    const reply = replyAbout(circuit, replies[0]);
    if (isDamaged(reply)) throw withoutSecrets(reply) as Error;
    if (this.#circuits.has(circuit)) await this.#session.syncNow();
  }

  /** Asks the store beside the sync; what it rejects with is the caller's to see. */
  async #ask<T>(ask: (signal: AbortSignal) => Promise<readonly T[]>): Promise<unknown> {
    try {
      return await this.#session.ask((signal) => eachOf(ask(signal)));
    } catch (error) {
      throw withoutSecrets(error) as Error;
    }
  }

  #failed(error: unknown): void {
    const { circuit } = Object(error) as { readonly circuit?: unknown };
    this.#events.emit('storeError', {
      error: withoutSecrets(error),
      ...(typeof circuit === 'string' && { circuit }),
    });
  }

  #updated(circuit: NodeCircuit): void {
    const oldState = this.#states.get(circuit.name) ?? 'CLOSED';
    const newState = circuit.state;
    if (oldState === newState) return;
    this.#states.set(circuit.name, newState);
    this.#events.emit('stateChange', { circuit: circuit.name, oldState, newState });
  }
}

function invalidReply(message: string, options?: FleetErrorOptions): FleetError {
  return new FleetError('ERR_FLEET_INVALID_REPLY', message, options);
}

function splitAtLast(id: string): [string, string] {
  const at = id.lastIndexOf('~');
  return [id.slice(0, at), id.slice(at + 1)];
}
