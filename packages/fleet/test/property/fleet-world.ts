import { ManualClock, seededRandom, settle } from '@highway/resilience/testing';
import type { Command, FleetState, Trip } from '@highway/fleet';
import { assert } from 'vitest';
import { operatorMessage } from '../../src/coordination/operator.ts';
import { circuit, FleetNode, syncInterval, trialCalls } from './fleet-node.ts';
import { fine, Network } from './network.ts';
import { StoreServer } from './store-server.ts';

/** How long a simulated fleet may take to agree: two intervals and a round trip. */
export const agreementMs = 2 * syncInterval + 4 * fine.slowestMs;

/** The parameters of a simulated fleet. */
export interface FleetPlan {
  readonly nodes: number;
  readonly seed: number;
  readonly trip: Trip;
  /** Whether the store need not merge quiet messages. Default: true. */
  readonly knowsQuiet?: boolean | undefined;
}

/** A series of calls. */
export interface Traffic {
  readonly forMs: number;
  readonly everyMs: number;
  readonly callMs: number;
}

/** A fleet of processes, its store and the network between them, in virtual time. */
export class FleetWorld {
  readonly clock: ManualClock = new ManualClock();
  readonly server: StoreServer;
  readonly network: Network;
  readonly nodes: FleetNode[] = [];
  healthy = true;
  /** The number of trial calls with the fleet's slots in each half-open period. */
  readonly trialCalls: Map<string, number> = new Map<string, number>();
  readonly #plan: FleetPlan;
  readonly #random;
  #broken: unknown = undefined;

  constructor(plan: FleetPlan) {
    this.#plan = plan;
    this.#random = seededRandom(plan.seed);
    this.server = new StoreServer(this.clock, plan.knowsQuiet);
    this.network = new Network(this.clock, this.#random, this.server);
  }

  async start(): Promise<void> {
    for (let i = 0; i < this.#plan.nodes; i++) this.spawn(`node-${String(i)}`);
    // Until each node knows all others.
    await this.advance(2 * syncInterval);
  }

  /** Starts a process. */
  spawn(id: string): FleetNode {
    const { trip } = this.#plan;
    const { clock, network } = this;
    const node = new FleetNode({ id, trip, clock, random: this.#random, network });
    this.nodes.push(node);
    return node;
  }

  kill(node: FleetNode): void {
    node.process.kill();
    this.nodes.splice(this.nodes.indexOf(node), 1);
  }

  async advance(ms: number): Promise<void> {
    await this.clock.advance(ms);
    await settle();
    if (this.#broken !== undefined) throw this.#broken as Error;
  }

  /** Makes calls in every running process. */
  async traffic(
    { forMs, everyMs, callMs }: Traffic,
    healthy: (node: FleetNode) => boolean = () => this.healthy,
  ): Promise<void> {
    for (let left = forMs; left > 0; left -= everyMs) {
      for (const node of this.nodes) {
        if (node.runs) this.#call(node, { ms: callMs, healthy: healthy(node) });
      }
      await this.advance(everyMs);
    }
  }

  /** Sends a command of an operator to the store. */
  command(command: Command): void {
    this.server.exchange([operatorMessage(circuit, command)]);
  }

  /** Ends every fault. */
  heal(): void {
    this.network.weather = fine;
    this.healthy = true;
    for (const { link, process } of this.nodes) {
      link.cut = undefined;
      if (process.paused) process.resume();
    }
  }

  get storeState(): FleetState {
    return this.server.record(circuit).state;
  }

  /**
   * Waits for as long as the fleet may take to agree: after the faults, and after each transition that late
   * reports cause meanwhile. The bound counts from the last of them.
   */
  async settleStates(): Promise<void> {
    for (let transitions = 0; transitions < 4; transitions++) {
      const { epoch, generation } = this.server.record(circuit);
      await this.advance(agreementMs);
      const after = this.server.record(circuit);
      if (after.epoch === epoch && after.generation === generation) return;
    }
  }

  /** Whether every process is connected, knows the store's state, and has its breaker in that state. */
  assertAgreement(): void {
    const state = this.storeState;
    for (const { fleet, breaker } of this.nodes) {
      assert.strictEqual(fleet.status, 'connected');
      assert.strictEqual(fleet.states.get(circuit), state);
      if (state === 'OPEN' || state === 'ISOLATED') assert.strictEqual(breaker.state, state);
      else if (state === 'HALF_OPEN') assert.notStrictEqual(breaker.state, 'CLOSED');
      else assert.notStrictEqual(breaker.state, 'ISOLATED');
    }
  }

  /** Whether the circuit and every breaker are closed. */
  assertRecovered(): void {
    assert.deepEqual(
      [this.storeState, ...this.nodes.map(({ breaker }) => breaker.state)],
      ['CLOSED', ...this.nodes.map(() => 'CLOSED')],
    );
  }

  /**
   * Checks that no half-open period had more trial calls than its window. If messages are lost, there may
   * be one more for each call that was not reported before its lease ended.
   */
  assertTestCalls(lost: 'nothing is lost' | 'messages are lost'): void {
    for (const [period, begun] of this.trialCalls) {
      const unheard = lost === 'nothing is lost' ? 0 : (this.server.takenBack.get(period) ?? 0);
      assert.isAtMost(begun, trialCalls + unheard, period);
    }
  }

  /** Makes all processes leave, and checks that none has a timer left. */
  async leave(): Promise<void> {
    const left = this.nodes.map(({ fleet }) => fleet.leave());
    await this.advance(10_000);
    await Promise.all(left);
    for (const { process, breaker, callsUnderWay } of this.nodes) {
      assert.strictEqual(callsUnderWay, 0, 'calls');
      assert.strictEqual(process.pendingTimers, 0, 'timers');
      assert.notStrictEqual(breaker.state, 'ISOLATED');
    }
  }

  #call(node: FleetNode, dependency: { ms: number; healthy: boolean }): void {
    const call = node.call(dependency, () => {
      if (node.testsForFleet) this.#countTest();
    });
    call.catch((error: unknown) => {
      this.#broken ??= error;
    });
  }

  #countTest(): void {
    const halfOpen = this.server.transitions.filter(({ after }) => after.state === 'HALF_OPEN');
    const period = JSON.stringify(halfOpen.at(-1)?.after.version);
    this.trialCalls.set(period, (this.trialCalls.get(period) ?? 0) + 1);
  }
}
