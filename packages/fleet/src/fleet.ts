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
import {
  withoutDamaged,
  answersFrom,
  isDamaged,
  checkReply,
  checkView,
} from './support/damaged-circuits.ts';
import { withoutSecrets } from './support/safe-error.ts';
import { Session } from './session.ts';
import type { CircuitView, Command, FleetState } from './store.ts';
import { resolveTrip } from './trip.ts';
import type { Trip } from './trip.ts';

/** Options of `attach`. */
export interface AttachOptions {
  /** When the circuit opens for the whole fleet: the result of `quorum` or `pooled`. */
  readonly trip: Trip;
}

/** Whether the store can be reached. While `degraded`, a node uses only its own breakers. */
export type FleetStatus = 'connected' | 'degraded';

/** A live process of the fleet. */
export interface FleetMember {
  readonly nodeId: string;
  /** Distinguishes it from other processes with the same `nodeId`. */
  readonly incarnation: string;
  /** The circuits that it attached. */
  readonly circuits: readonly string[];
}

/**
 * One circuit for a whole fleet of processes. An attached breaker still opens by its own threshold.
 * When the fleet's rule is met, the circuit opens in every process. While the circuit is half-open, the
 * fleet leases the trial slots.
 *
 * No call ever waits for the store: calls use local memory, and the node syncs with the store in the
 * background. Without a store, each node uses only its own breaker.
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

  /** Throws a `TypeError` or `RangeError` that names the option if one is invalid or unknown. */
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

  /** Whether the store can be reached; `degraded` before `join` and after `leave`. */
  get status(): FleetStatus {
    return this.#session.connected ? 'connected' : 'degraded';
  }

  /**
   * Joins the fleet. Resolves when the node knows the fleet's state, or when the store did not answer
   * in time. Does not reject if the store is unreachable: check `status`. Rejects after `leave`.
   */
  async join(): Promise<void> {
    this.#throwIfLeft();
    await (this.#joining ??= this.#session.start());
  }

  /**
   * Shares a breaker's circuit with the fleet, and returns the breaker. You can attach before or after
   * `join`.
   *
   * Throws if the breaker has no name or a name that is taken, is already in a fleet, or has another
   * supervisor of its trial calls.
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

  /** The circuits that this process attached, each with the fleet's state as this process knows it. */
  get states(): ReadonlyMap<string, FleetState> {
    return new Map(Array.from(this.#circuits, ([circuit, node]) => [circuit, node.state]));
  }

  /** Syncs with the store now. Resolves when the sync has ended, even if it failed. */
  async sync(): Promise<void> {
    await this.#session.syncNow();
  }

  /**
   * Makes every node reject all calls, until `release` or `reset`. Rejects if the store is unreachable
   * or does not answer in time. In the latter case, the store may still have isolated the circuit; you
   * can safely repeat the command.
   */
  async isolate(circuit: string): Promise<void> {
    await this.#command(circuit, 'isolate');
  }

  /** Ends an isolation and restores the state before it. Rejects like `isolate`. */
  async release(circuit: string): Promise<void> {
    await this.#command(circuit, 'release');
  }

  /** Closes a circuit on every node, whatever its state. Rejects like `isolate`. */
  async reset(circuit: string): Promise<void> {
    await this.#command(circuit, 'reset');
  }

  /** The live processes, sorted by name. Asks the store; rejects if it is unreachable. */
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
   * Every circuit in the store. A circuit that cannot be read is left out and reported by `storeError`.
   * Asks the store; rejects if it is unreachable, or if no circuit can be read.
   */
  async circuits(): Promise<readonly CircuitView[]> {
    const given = await this.#ask((signal) => this.#rules.store.view(signal));
    if (!Array.isArray(given)) throw invalidReply('The store returned no list of circuits');
    const views = given.map(checkView);
    const damaged = views.filter(isDamaged);
    if (damaged.length > 0 && damaged.length === views.length) {
      throw withoutSecrets(damaged[0]) as Error;
    }
    for (const error of damaged) this.#failed(error);
    return withoutDamaged(views);
  }

  /** Adds a listener for a type of event. Returns a function that removes it. */
  on<Type extends FleetEventType>(
    type: Type,
    listener: (event: FleetEvent<Type>) => void,
  ): () => void {
    return this.#events.add(type, listener);
  }

  /**
   * Leaves the fleet: sends the outcomes that the store does not know yet, and returns trial slots. The
   * breakers then work on their own. Does not reject if the store is unreachable. To join again, create
   * a new `Fleet`.
   */
  leave(): Promise<void> {
    return (this.#leaving ??= this.#leave());
  }

  /** The same as `leave`. */
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
      throw invalidReply(`The store returned no reply for ${circuit}`, { circuit });
    }
    const reply = checkReply(circuit, replies[0]);
    if (isDamaged(reply)) throw withoutSecrets(reply) as Error;
    if (this.#circuits.has(circuit)) await this.#session.syncNow();
  }

  /** Asks the store outside the sync. Rejects with the store's error, without its secrets. */
  async #ask<T>(ask: (signal: AbortSignal) => Promise<readonly T[]>): Promise<unknown> {
    try {
      return await this.#session.ask((signal) => answersFrom(ask(signal)));
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
